// Package store keeps evaluations and the records of searches in a file, so that no architecture is evaluated twice and a
// search that was stopped can be resumed.
//
// [Open] opens the file. [DB.Evaluator] wraps an evaluator and stores its results, and [DB.Recorder] records a search:
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
// If the program is stopped, killed or loses power, run it again: the search resumes at the same point. Use both parts. The
// record contains the proposals and the results that the search has seen, and stored evaluations are not repeated. Only
// evaluations that were running are evaluated again.
//
// # Resuming with and without a record
//
// With a record, a resumed search makes the same proposals as before, in whatever order evaluations finished. It needs the same
// space, method, seed, Batch and Lag, and the same Workers unless Lag is set. Evaluations may be larger, so a longer search can continue a shorter one. With
// rl.Config.Arrival, a search can only be resumed from a record.
//
// Without Arrival, a search can also be resumed without a record, because the seed determines its proposals: run it again, and
// the store answers all evaluations that have finished. The history is that of an uninterrupted search, except for the text of
// failures. It may differ if MaxTime ended the search or if an error was not evaluator.Permanent. Searches with other seeds and
// methods use the stored evaluations too.
//
// A search can also start from the stored evaluations as rl.Past; see [DB.Evaluations].
//
// # File format
//
// The file is an SQLite database in write-ahead mode. While it is open, it is accompanied by two files with the suffixes -wal
// and -shm. Several processes on one machine may share it. It must not be on a network file system. PRAGMA application_id is
// 0x47504e53. PRAGMA user_version, the version of the format, is 2; opening a file of version 1 upgrades it. The table
// evaluations has one row for each combination of space, objective, key and budget:
//
//	id         INTEGER  in the order in which the evaluations first began
//	space      TEXT     the name of the space
//	objective  TEXT     what is measured, as given to DB.Evaluator
//	key        TEXT     the architecture's Key in the space
//	budget     REAL     the budget, in the evaluator's unit; 0 is the evaluator's own
//	arch       TEXT     the architecture, the JSON of searchspace.Arch
//	status     TEXT     'done', 'failed', or 'begun' if it is not finished
//	value      REAL     the objective, if status is 'done'
//	metrics    TEXT     further figures, a JSON object; numbers that are not finite are the strings "NaN", "+Inf" and "-Inf"
//	cost_ns    INTEGER  the Cost of the result in nanoseconds, if status is 'done'
//	error      TEXT     the error if 'failed', the result's Failure if 'done', the error of the last attempt if 'begun'
//	resume     TEXT     the result's Resume
//	curve      TEXT     the learning curve, as in [{"epoch": 4, "value": 71.2}]; also while the evaluation runs
//	attempts   INTEGER  the number of attempts, including those that were interrupted or killed
//	begun      TEXT     start of the last attempt, UTC, as in 2024-05-01T10:00:00.000Z
//	ended      TEXT     end of the last attempt; NULL while it runs or if it was killed
//	checksum   INTEGER  CRC-32C of the other columns of a finished evaluation; not checked if NULL
//
// The table records has one row for each line of a record. It is created when the first search is recorded:
//
//	id         INTEGER  in the order in which the lines were recorded
//	search     TEXT     the name of the search, as given to DB.Recorder
//	line       TEXT     the line, JSON in the format of rl.Recorder
//	recorded   TEXT     the time of recording, UTC
//	checksum   INTEGER  CRC-32C of search, line and recorded; not checked if NULL
//
// A row that does not match its checksum is an error. If you edit a row by hand, set its checksum to NULL. Opening a file that has
// no checksums adds them.
//
// If the file is deleted or replaced while it is open, the next write returns an error. A result is never reported as stored if
// it is not in the file.
//
// In the sqlite3 shell, these queries list the ten best evaluations, the total cost in hours, the failures, the running
// evaluations, and the recorded searches:
//
//	SELECT value, key, metrics FROM evaluations WHERE status = 'done' ORDER BY value DESC LIMIT 10;
//	SELECT objective, count(*), sum(cost_ns) / 3.6e12 AS hours FROM evaluations GROUP BY space, objective;
//	SELECT key, attempts, ended, error FROM evaluations WHERE status = 'failed';
//	SELECT key, attempts, begun FROM evaluations WHERE status = 'begun' AND ended IS NULL;
//	SELECT search, count(*) AS lines, max(recorded) FROM records GROUP BY search;
//
// # Merging stores
//
// [DB.Merge] copies everything from another store into this one; examples/merge is a program that does so. If both stores have
// different outcomes for the same evaluation, one is kept, and the other is reported and moved to the table conflicts: the columns
// space, objective, key and budget identify the evaluation, outcome is the row as JSON, and source is the path of its store.
//
// # Failures
//
// A failure that is evaluator.Permanent is stored, and its architecture is not evaluated again. The error is then a
// [*FailedError] with the time of the failure. If the architecture was not at fault, for example because memory was short,
// delete the failures, so that the architectures are evaluated again:
//
//	n, err := db.DeleteFailures(ctx, space, "cifar10 validation, 12 epochs", "out of memory")
//
// A search that is resumed from its record replays the failures that it has seen. To evaluate these again, delete the record too,
// with [DB.DeleteSearch]. In the sqlite3 shell:
//
//	DELETE FROM evaluations WHERE status = 'failed' AND error LIKE '%out of memory%';
//	DELETE FROM records WHERE search = 'evolution, seed 1';
package store
