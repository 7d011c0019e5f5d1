// Package store keeps evaluations and the records of searches in a file, so that nothing is evaluated twice and a search
// that was stopped can be resumed.
//
// [Open] opens the file. [DB.Evaluator] stores what an evaluator finds, and [DB.Recorder] records a search:
//
//	db, err := store.Open("search.db")
//	if err != nil { … }
//	defer db.Close()
//	stored := db.Evaluator(space, "cifar10 validation, 12 epochs", evaluator.Func(train))
//	config.Recorder = db.Recorder("evolution, seed 1")
//	search, err := rl.New(space, baseline.RegularizedEvolution{}, config)
//	if err != nil { … }
//	history, err := search.Run(ctx, stored)
//
// If this program is stopped, killed or loses power, run it again: the search resumes where it was. Use both parts: the
// record holds what was proposed and which results the search has seen, and the stored evaluations are not paid for again.
// At most the evaluations that were running are repeated.
//
// # With and without a record
//
// A search with a record makes the same proposals when it is resumed, in whatever order evaluations finished. That needs the
// same space, method, seed, Batch and Lag; Evaluations may grow, so a longer search continues a shorter one. With
// rl.Config.Arrival, a record is the only way to resume a search.
//
// Without Arrival a search also resumes without a record, because a seed fixes what it proposes: run it again, and
// everything up to where it was is answered by the store. The history is that of a search that was never stopped, apart from
// the text of failures, unless MaxTime or an error that is not evaluator.Permanent had a part in it. Searches with other seeds and methods use the stored
// evaluations too.
//
// A search can also begin from what is stored, as rl.Past; see [DB.Evaluations].
//
// # The file
//
// The file is an SQLite database in write-ahead mode. While it is open, two more files that belong to it lie beside it, with
// the endings -wal and -shm. Several processes of one machine may share it; it must not lie on a network file system. PRAGMA
// application_id is 0x47504e53, and PRAGMA user_version, the version of the format, is 2; files of version 1 become version 2
// when they are opened. The table evaluations has one row for each combination of space, objective, key and budget:
//
//	id         INTEGER  in the order in which the evaluations first began
//	space      TEXT     name of the space
//	objective  TEXT     what is measured, as given to DB.Evaluator
//	key        TEXT     the architecture's Key in the space
//	budget     REAL     the budget that it was evaluated at, in the evaluator's unit; 0 is the evaluator's own
//	arch       TEXT     the architecture as JSON, as searchspace.Arch writes it
//	status     TEXT     'done', 'failed', or 'begun' if it is not finished
//	value      REAL     the objective, if status is 'done'
//	metrics    TEXT     further figures, a JSON object; numbers that are not finite are the strings "NaN", "+Inf" and "-Inf"
//	cost_ns    INTEGER  the cost of a 'done' evaluation in nanoseconds, from its result
//	error      TEXT     if 'failed', why; if 'done', the result's Failure; if 'begun', why the last attempt ended
//	resume     TEXT     what a larger budget can continue from, in the evaluator's own words
//	curve      TEXT     what was reported of the objective, as in [{"epoch": 4, "value": 71.2}]; also if 'begun'
//	attempts   INTEGER  how often it began, including attempts that were interrupted or killed
//	begun      TEXT     when the last attempt began, UTC, as in 2024-05-01T10:00:00.000Z
//	ended      TEXT     when it ended; NULL while it runs, and if it was killed
//	checksum   INTEGER  CRC-32C of the other columns once it is finished; NULL is not checked
//
// The table records, which is created when the first search is recorded, has one row for each line of a record:
//
//	id         INTEGER  in the order in which the lines were recorded
//	search     TEXT     name of the search, as given to DB.Recorder
//	line       TEXT     the line, JSON in the format of rl.Recorder
//	recorded   TEXT     when, UTC
//	checksum   INTEGER  CRC-32C of the search, the line and the time; NULL is not checked
//
// A row that does not match its checksum is an error, so set the checksum to NULL when you change a row by hand. Files without
// checksums get them when they are opened.
//
// If the file is deleted or replaced while it is open, what is written next fails with an error. Nothing is reported as stored
// that is not in the file.
//
// In the sqlite3 shell, these list the best ten, the total cost in hours, the failures, what is running, and the recorded
// searches:
//
//	SELECT value, key, metrics FROM evaluations WHERE status = 'done' ORDER BY value DESC LIMIT 10;
//	SELECT objective, count(*), sum(cost_ns) / 3.6e12 AS hours FROM evaluations GROUP BY space, objective;
//	SELECT key, attempts, ended, error FROM evaluations WHERE status = 'failed';
//	SELECT key, attempts, begun FROM evaluations WHERE status = 'begun' AND ended IS NULL;
//	SELECT search, count(*) AS lines, max(recorded) FROM records GROUP BY search;
//
// # Two stores
//
// [DB.Merge] adds everything that a colleague's store has to one's own; examples/merge is the program for it. Outcomes that contradict
// those that are kept are reported, and stay in the table conflicts: the columns space, objective, key and budget identify the
// evaluation, outcome is the row as JSON, and source the path of the store that had it.
//
// # Failures
//
// A failure that is held against an architecture is stored, and its architecture is not evaluated again. The error is then
// a [*FailedError] with the time of the failure. If the cause was something else, such as too little memory, have such
// architectures evaluated again:
//
//	n, err := db.DeleteFailures(ctx, space, "cifar10 validation, 12 epochs", "out of memory")
//
// A search that is resumed from its record replays the failures that it has seen; delete its record too, with
// [DB.DeleteSearch], to have them evaluated again. In the sqlite3 shell:
//
//	DELETE FROM evaluations WHERE status = 'failed' AND error LIKE '%out of memory%';
//	DELETE FROM records WHERE search = 'evolution, seed 1';
package store
