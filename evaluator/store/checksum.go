package store

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"modernc.org/sqlite"
)

// errChecksum is the error of a row that was changed after it was stored.
var errChecksum = errors.New("the row does not match its checksum: the file is damaged, or the row was edited by hand " +
	"(if so, set its checksum to NULL)")

// The columns that the checksum of a row covers.
const (
	evaluationColumns = "id, space, objective, key, budget, arch, status, value, metrics, cost_ns, error, resume, curve, attempts, begun, ended"
	// evaluationColumns1 are the columns of version 1.
	evaluationColumns1 = "id, space, objective, key, arch, status, value, metrics, cost_ns, error, attempts, begun, ended"
	recordColumns      = "search, line, recorded"
)

// checksumOf returns the SQL expression for the checksum of values.
func checksumOf(values string) string { return "graphpnas_checksum(" + values + ")" }

// soundness returns an SQL expression that is true if the row's checksum is NULL or matches the values.
func soundness(values string) string { return "checksum IS NULL OR checksum = " + checksumOf(values) }

func init() {
	sqlite.MustRegisterFunction("graphpnas_checksum", &sqlite.FunctionImpl{
		NArgs: -1, Deterministic: true,
		VolatileArgs: true, // otherwise strings end at a zero byte; checksum does not retain args
		Scalar:       func(_ *sqlite.FunctionContext, values []driver.Value) (driver.Value, error) { return checksum(values) },
	})
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum returns the CRC-32C of values, each preceded by its type and length.
func checksum(values []driver.Value) (int64, error) {
	var text []byte
	for _, value := range values {
		switch v := value.(type) {
		case nil:
			text = append(text, 'n')
		case int64:
			text = binary.LittleEndian.AppendUint64(append(text, 'i'), uint64(v))
		case float64:
			if v == 0 {
				v = 0 // SQLite does not store the sign of zero
			}
			text = binary.LittleEndian.AppendUint64(append(text, 'f'), math.Float64bits(v))
		case string:
			text = append(binary.AppendUvarint(append(text, 's'), uint64(len(v))), v...)
		case []byte:
			text = append(binary.AppendUvarint(append(text, 'b'), uint64(len(v))), v...)
		default:
			return 0, fmt.Errorf("no checksum for values of type %T", v)
		}
	}
	return int64(crc32.Checksum(text, castagnoli)), nil
}

// addChecksums adds the column checksum to a table and fills it in for the given rows. It does nothing if the table does not
// exist or already has the column.
func (db *DB) addChecksums(ctx context.Context, table, columns, rows string) error {
	tx, err := db.writes.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no-op after Commit
	var exists, has bool
	err = tx.QueryRowContext(ctx, "SELECT count(*) > 0, coalesce(max(name = 'checksum'), 0) FROM pragma_table_info(?)", table).Scan(&exists, &has)
	if err != nil || !exists || has {
		return err
	}
	for _, statement := range []string{
		"ALTER TABLE " + table + " ADD COLUMN checksum INTEGER",
		"UPDATE " + table + " SET checksum = " + checksumOf(columns) + " WHERE " + rows,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}
