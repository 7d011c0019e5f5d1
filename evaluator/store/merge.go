package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// Merged is the result of [DB.Merge].
type Merged struct {
	// Added is the number of evaluations that only the other store had, Completed the number of evaluations that were unfinished
	// in this store and finished in the other, and Same the number of evaluations that both stores had with the same outcome or
	// unfinished.
	Added, Completed, Same int
	// Searches are the names of the recorded searches that were added or extended.
	Searches []string
	// Conflicts are evaluations with different outcomes, and different searches of the same name.
	Conflicts []Conflict
}

// Conflict is an evaluation or a recorded search that differs between two merged stores. Both versions are kept.
type Conflict struct {
	// Space, Objective, Key and Budget identify an evaluation. They are empty if the conflict is about a search.
	Space, Objective, Key string
	Budget                float64
	// Kept and Other are the two outcomes, as JSON like a line of [DB.WriteJSONL]. Kept stays in the table evaluations, Other is
	// in the table conflicts.
	Kept, Other string
	// Search is the name of a search that the two stores have recorded differently, and Renamed is the new name of the other
	// store's record.
	Search, Renamed string
}

// String describes the conflict on one line.
func (c Conflict) String() string {
	if c.Search != "" {
		return fmt.Sprintf("search %q: the other store's record differs and was added as %q", c.Search, c.Renamed)
	}
	at := ""
	if c.Budget != 0 {
		at = fmt.Sprintf(" at budget %v", c.Budget)
	}
	return fmt.Sprintf("%s, objective %q, key %q%s: kept %s, moved to conflicts: %s", c.Space, c.Objective, c.Key, at, c.Kept, c.Other)
}

// conflicts creates the table of outcomes that Merge has not kept.
const conflicts = `
CREATE TABLE IF NOT EXISTS conflicts (
	id        INTEGER PRIMARY KEY,
	space     TEXT NOT NULL,
	objective TEXT NOT NULL,
	key       TEXT NOT NULL,
	budget    REAL NOT NULL,
	outcome   TEXT NOT NULL,
	source    TEXT NOT NULL,
	UNIQUE (space, objective, key, budget, outcome)
) STRICT`

// Merge copies everything from another store into this one: evaluations at all budgets, finished or not, and the records of
// searches. It runs in one transaction and may be repeated. Evaluations may run in both stores at the same time.
//
// If both stores have finished an evaluation with different outcomes, the outcome of this store is kept, unless it is a failure
// and the other is a result. The other outcome is moved to the table conflicts, as JSON with the path of its store. If both stores
// have a search of the same name and one record extends the other, the longer record is kept; otherwise the other store's record
// is renamed.
//
// Merge returns an error that names the row if a row of either store is damaged.
func (db *DB) Merge(ctx context.Context, other *DB) (*Merged, error) {
	if db.resolved == other.resolved {
		return nil, fmt.Errorf("cannot merge the store %s into itself", db.path)
	}
	var done *Merged
	err := db.commit(ctx, func() (err error) {
		done, err = db.merge(ctx, other)
		return err
	})
	if err != nil {
		return nil, db.failed(ctx, "merging "+other.path, err)
	}
	return done, nil
}

func (db *DB) merge(ctx context.Context, other *DB) (*Merged, error) {
	tx, err := db.writes.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // no-op after Commit
	if _, err := tx.ExecContext(ctx, conflicts); err != nil {
		return nil, err
	}
	m := merger{Context: ctx, db: db, tx: tx, other: other}
	for last := int64(0); ; {
		lines, err := other.linesAfter(ctx, last)
		if err != nil {
			return nil, fmt.Errorf("the store %s: %w", other.path, err)
		}
		if len(lines) == 0 {
			break
		}
		for _, l := range lines {
			if err := m.evaluation(l); err != nil {
				return nil, fmt.Errorf("key %q: %w", l.Key, err)
			}
		}
		last = lines[len(lines)-1].id
	}
	if err := m.searches(); err != nil {
		return nil, err
	}
	return &m.Merged, tx.Commit()
}

// merger is a running merge.
type merger struct {
	context.Context
	Merged
	db, other *DB
	tx        *sql.Tx
}

// evaluation merges a row of the other store.
func (m *merger) evaluation(l line) error {
	here, err := m.find(l)
	if err != nil {
		return err
	}
	switch {
	case here == nil:
		m.Added++
		return m.insert(l)
	case l.Status == "begun", here.Status != "begun" && same(*here, l):
		m.Same++
		return nil
	case here.Status == "begun":
		m.Completed++
		return m.replace(here.id, l)
	case here.Status == "failed" && l.Status == "done":
		if err := m.conflict(l, *here, m.db.path); err != nil {
			return err
		}
		return m.replace(here.id, l)
	}
	return m.conflict(*here, l, m.other.path)
}

// find returns this store's row for the evaluation of l, or nil.
func (m *merger) find(l line) (*line, error) {
	rows, err := m.tx.QueryContext(m, "SELECT "+lineColumns+" FROM evaluations"+where, l.Space, l.Objective, l.Key, l.Budget)
	if err != nil {
		return nil, err
	}
	lines, err := readLines(rows)
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	return &lines[0], nil
}

// same reports whether two finished rows have the same outcome, whatever their times and numbers of attempts. Their architectures
// may differ if they have the same key.
func same(a, b line) bool {
	a.Arch, b.Arch = nil, nil
	return bytes.Equal(a.outcome(), b.outcome())
}

// outcome returns the row as JSON, without times and attempts.
func (l line) outcome() []byte {
	l.Attempts, l.Begun, l.Ended = 0, "", ""
	text, _ := json.Marshal(l) // a row that was read can be encoded
	return text
}

// conflict reports a conflict and stores the other outcome in the table conflicts.
func (m *merger) conflict(kept, other line, source string) error {
	m.Conflicts = append(m.Conflicts, Conflict{
		Space: kept.Space, Objective: kept.Objective, Key: kept.Key, Budget: kept.Budget,
		Kept: string(kept.outcome()), Other: string(other.outcome()),
	})
	_, err := m.tx.ExecContext(m, `INSERT INTO conflicts (space, objective, key, budget, outcome, source) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, other.Space, other.Objective, other.Key, other.Budget, string(other.outcome()), source)
	return err
}

// insert adds a row.
func (m *merger) insert(l line) error {
	done, err := m.tx.ExecContext(m, `INSERT INTO evaluations (space, objective, key, budget, arch, status, attempts, begun)
		VALUES (?, ?, ?, ?, ?, 'begun', ?, ?)`, l.Space, l.Objective, l.Key, l.Budget, string(l.Arch), l.Attempts, l.Begun)
	if err != nil {
		return err
	}
	id, err := done.LastInsertId()
	if err != nil {
		return err
	}
	return m.replace(id, l)
}

// replace overwrites the outcome of the row id with that of l.
func (m *merger) replace(id int64, l line) error {
	var cost sql.NullInt64
	if l.CostSeconds != nil {
		cost = sql.NullInt64{Int64: l.cost, Valid: true}
	}
	if _, err := m.tx.ExecContext(m, `UPDATE evaluations SET arch = ?, status = ?, value = ?, metrics = ?, cost_ns = ?, error = ?,
		resume = ?, curve = ?, attempts = ?, begun = ?, ended = ?, checksum = NULL WHERE id = ?`,
		string(l.Arch), l.Status, l.Value, orNull(string(l.Metrics)), cost, l.failure, orNull(l.Resume), orNull(string(l.Curve)),
		l.Attempts, l.Begun, orNull(l.Ended), id); err != nil {
		return err
	}
	if l.Status == "begun" {
		return nil
	}
	_, err := m.tx.ExecContext(m, "UPDATE evaluations SET checksum = "+checksumOf(evaluationColumns)+" WHERE id = ?", id)
	return err
}

// searches merges the records of searches.
func (m *merger) searches() error {
	names, err := m.other.searches(m)
	if err != nil || len(names) == 0 {
		return err
	}
	if _, err := m.tx.ExecContext(m, records); err != nil {
		return err
	}
	for _, name := range names {
		if err := m.search(name); err != nil {
			return fmt.Errorf("search %q: %w", name, err)
		}
	}
	return nil
}

// search merges the record of one search of the other store.
func (m *merger) search(name string) error {
	theirs, err := m.other.record(m, m.other.reads, name)
	if err != nil {
		return err
	}
	for renamed := name; ; renamed = fmt.Sprintf("%s (from %s)", renamed, m.other.path) {
		ours, err := m.db.record(m, m.tx, renamed)
		if err != nil {
			return err
		}
		common := 0
		for common < min(len(ours), len(theirs)) && ours[common].line == theirs[common].line {
			common++
		}
		if common < min(len(ours), len(theirs)) {
			continue // the name belongs to a different search
		}
		if renamed != name && len(ours) == 0 {
			m.Conflicts = append(m.Conflicts, Conflict{Search: name, Renamed: renamed})
		}
		if common < len(theirs) {
			m.Searches = append(m.Searches, renamed)
		}
		return m.extend(renamed, theirs[common:])
	}
}

// extend appends lines to the record of a search.
func (m *merger) extend(search string, lines []recordLine) error {
	for _, l := range lines {
		if _, err := m.tx.ExecContext(m, "INSERT INTO records (search, line, recorded, checksum) SELECT ?1, ?2, ?3, "+
			checksumOf("?1, ?2, ?3"), search, l.line, l.time); err != nil {
			return err
		}
	}
	return nil
}

// recordLine is a line of a record with the time of recording.
type recordLine struct{ line, time string }

// record reads the record of a search through a connection or a transaction.
func (db *DB) record(ctx context.Context, by interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, search string) (lines []recordLine, err error) {
	rows, err := by.QueryContext(ctx, "SELECT line, recorded, "+soundness(recordColumns)+" FROM records WHERE search = ? ORDER BY id", search)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l recordLine
		var sound bool
		if err := rows.Scan(&l.line, &l.time, &sound); err != nil {
			return nil, err
		}
		if !sound {
			return nil, fmt.Errorf("line %d of the record in %s: %w", len(lines)+1, db.path, errChecksum)
		}
		lines = append(lines, l)
	}
	return lines, rows.Err()
}
