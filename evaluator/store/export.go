package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// line is a row of the table evaluations, as exported to JSON.
type line struct {
	id          int64
	cost        int64 // in nanoseconds, if CostSeconds is not nil
	failure     sql.NullString
	Space       string          `json:"space"`
	Objective   string          `json:"objective"`
	Key         string          `json:"key"`
	Budget      float64         `json:"budget,omitempty"`
	Arch        json.RawMessage `json:"arch"`
	Status      string          `json:"status"`
	Value       *float64        `json:"value,omitempty"`
	Metrics     json.RawMessage `json:"metrics,omitempty"`
	CostSeconds *float64        `json:"cost_seconds,omitempty"`
	Error       string          `json:"error,omitempty"`
	Resume      string          `json:"resume,omitempty"`
	Curve       json.RawMessage `json:"curve,omitempty"`
	Attempts    int             `json:"attempts"`
	Begun       string          `json:"begun"`
	Ended       string          `json:"ended,omitempty"`
}

// WriteJSONL writes all evaluations, including unfinished ones, as JSON Lines, in the order in which they first began:
//
//	{"space": "nasbench201", "objective": "cifar10", "key": "|none~0|+…", "arch": {"parts": […]}, "status": "done",
//	 "value": 93.2, "metrics": {"params": 1.3}, "cost_seconds": 12.5, "attempts": 1,
//	 "begun": "2024-05-01T10:00:00.000Z", "ended": "2024-05-01T10:00:12.500Z"}
//
// The fields are the columns described in the package documentation, with the cost in seconds. Columns that are NULL and a
// budget of zero are left out. Evaluations may run while WriteJSONL writes.
func (db *DB) WriteJSONL(ctx context.Context, w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for last := int64(0); ; {
		var lines []line
		err := patiently(ctx, func() (err error) {
			lines, err = db.linesAfter(ctx, last)
			return err
		})
		if err != nil {
			return db.failed(ctx, "reading evaluations", err)
		}
		if len(lines) == 0 {
			return nil
		}
		for _, l := range lines {
			if err := out.Encode(l); err != nil {
				return fmt.Errorf("exporting evaluation %d of the store %s: %w", l.id, db.path, err)
			}
		}
		last = lines[len(lines)-1].id
	}
}

// lineColumns are the columns that readLines scans.
var lineColumns = evaluationColumns + ", " + soundness(evaluationColumns)

// linesAfter reads the page of rows after the id last.
func (db *DB) linesAfter(ctx context.Context, last int64) ([]line, error) {
	rows, err := db.reads.QueryContext(ctx, "SELECT "+lineColumns+" FROM evaluations WHERE id > ? ORDER BY id LIMIT ?", last, page)
	if err != nil {
		return nil, err
	}
	return readLines(rows)
}

// readLines reads rows and closes them.
func readLines(rows *sql.Rows) ([]line, error) {
	defer rows.Close()
	var lines []line
	for rows.Next() {
		var l line
		var cost sql.NullInt64
		var metrics, resume, curve, ended sql.NullString
		var sound bool
		if err := rows.Scan(&l.id, &l.Space, &l.Objective, &l.Key, &l.Budget, (*[]byte)(&l.Arch), &l.Status, &l.Value, &metrics, &cost,
			&l.failure, &resume, &curve, &l.Attempts, &l.Begun, &ended, &sound); err != nil {
			return nil, err
		}
		if !sound {
			return nil, fmt.Errorf("key %q: %w", l.Key, errChecksum)
		}
		l.Metrics, l.Error, l.Ended = json.RawMessage(metrics.String), l.failure.String, ended.String
		l.Resume, l.Curve = resume.String, json.RawMessage(curve.String)
		if cost.Valid {
			seconds := time.Duration(cost.Int64).Seconds()
			l.cost, l.CostSeconds = cost.Int64, &seconds
		}
		lines = append(lines, l)
	}
	return lines, rows.Err()
}
