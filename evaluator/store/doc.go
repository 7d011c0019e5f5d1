// Package store keeps evaluations in a file, so that none is paid for twice and a search that was stopped goes on.
//
// [Open] opens the file, and [DB.Evaluator] puts it before an evaluator:
//
//	db, err := store.Open("search.db")
//	if err != nil { … }
//	defer db.Close()
//	stored := db.Evaluator(space, "cifar10 validation, 12 epochs", evaluator.Func(train))
//	trainer, err := rl.NewTrainer(model, stored, config)
//
// Every evaluation is on disk, synced, before the search counts it. A search that was stopped, killed or cut off from power
// is simply run again with the same seed and settings: a search draws the same architectures from the same seed, what is in
// the file is answered at once, and so it comes to where it was and goes on as if it had never stopped. What is repeated is
// at most what was under way. The history is the same too, unless the clock or an error that was not permanent had a part
// in it. A longer search by the same seed goes on from a shorter one, and another seed or method profits from whatever it
// has in common with earlier ones.
//
// # The file
//
// The file is an SQLite database in write-ahead mode; beside it lie two more while it is open, with the endings -wal and
// -shm, which belong to it. Several processes of one machine may share it; it must not lie on a network file system. PRAGMA
// application_id is 0x47504e53 and PRAGMA user_version, the version of what follows, is 1. Its table evaluations has one
// row for each space, objective and key, which together are unique:
//
//	id         INTEGER  in the order in which the evaluations first began
//	space      TEXT     name of the space
//	objective  TEXT     what is measured, as given to DB.Evaluator
//	key        TEXT     the architecture's Key in the space
//	arch       TEXT     the architecture as searchspace.Arch writes it, JSON
//	status     TEXT     'done', 'failed', or 'begun' for what is not finished
//	value      REAL     the objective, where status is 'done'
//	metrics    TEXT     further figures, a JSON object; what is no finite number is the string "NaN", "+Inf" or "-Inf"
//	cost_ns    INTEGER  what a done evaluation cost, by its result, in nanoseconds
//	error      TEXT     why it failed; of a done one what its value stands in for; of a begun one why the last attempt ended
//	attempts   INTEGER  how often it began, what was cut short or killed included
//	begun      TEXT     when the last attempt began, UTC, as in 2024-05-01T10:00:00.000Z
//	ended      TEXT     when it ended; NULL while it runs, and where it was killed
//
// In the sqlite3 shell, the best ten, the total cost in hours, the failures, and what is under way:
//
//	SELECT value, key, metrics FROM evaluations WHERE status = 'done' ORDER BY value DESC LIMIT 10;
//	SELECT objective, count(*), sum(cost_ns) / 3.6e12 AS hours FROM evaluations GROUP BY space, objective;
//	SELECT key, attempts, error FROM evaluations WHERE status = 'failed';
//	SELECT key, attempts, begun FROM evaluations WHERE status = 'begun' AND ended IS NULL;
//
// To have failures evaluated again, delete them while no search runs:
//
//	DELETE FROM evaluations WHERE status = 'failed';
package store
