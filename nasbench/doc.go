// Package nasbench makes evaluators of published benchmarks: a [Table] has architectures and named columns of figures, read
// from CSV or Parquet, and evaluating an architecture means looking it up. [Open] reads any CSV or Parquet file with a
// column "arch".
//
// # Tables
//
// The column arch holds the architectures, in the customary notation of the space if it has one ([searchspace.Notation])
// or as JSON ([searchspace.Arch.MarshalJSON]); [searchspace.Parse] reads them. Columns of numbers hold figures:
//
//	arch,valid,test
//	|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|,63.4,85.9
//	|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|,82.8,
//
// Any numeric column can be the objective of a search, and others can be metrics of the results, see [Table.Evaluator]; one
// of seconds can be the cost, see [Table.WithCost]. [Table.Best] and [Table.Rank] judge what a search has found,
// [Table.Coverage] says how many architectures of the space the table has.
//
// A table with columns of trainings of several lengths makes an evaluator with budgets, see [Table.BudgetEvaluator].
//
// A column is numeric if every cell is a finite number or not recorded. Not recorded are null, NaN and infinity, and in CSV
// an empty cell, NA, N/A, null, None and the like; only the evaluation that asks for such a figure fails, with
// [ErrNotRecorded]. A column in which nothing is recorded is numeric. Other columns, such as text, Booleans, dates and
// lists, are skipped: [Table.Skipped] lists them with the reason, and asking for one is an error that wraps [ErrNotNumeric].
// The same holds for a column with an integer beyond 2^53, since figures are float64, for one without a name, and for
// columns that have their name in common.
//
// Every row must have an architecture, and no two rows the same one.
//
// # CSV
//
// The first line names the columns. The text is UTF-8, with or without a byte order mark, and may be compressed with gzip,
// bzip2 or Zstandard. Columns are separated by commas, or by tabs if the first line is. Lines may end in any way; blank rows,
// lines that begin with # before the first line, and spaces around cells are ignored. Numbers have decimal points, no
// thousands separators and no units: a cell like "84.5%" makes a column one that is skipped, and the reason says what would be
// right. Semicolons between columns and UTF-16 are errors.
//
// The history that a search writes (rl.CSVWriter, rl.History) is a table as well: its column value holds the objective. Of an
// evaluation that failed nothing is recorded, even if a value stands in for it. If an architecture is on several lines, the
// first that did not fail counts, and it is an error if another one has a different value.
//
// # Parquet
//
// [ReadParquet] reads what pandas, Polars, DuckDB, Spark and parquet-go write: every encoding, uncompressed or compressed with
// Snappy, Zstandard, gzip, LZ4_RAW or Brotli. Integers, floating-point and decimal numbers are figures, decimal ones rounded to
// the nearest float64; text, categories and enums can be architectures. The type says whether a column is numeric: text is
// skipped even if all of it is digits.
//
// A table of hundreds of thousands of architectures takes seconds to read from CSV, because each has to be parsed, checked
// and given its key. [Table.WriteParquet] writes the key beside the architecture, in a file that is a fraction as large
// and loads in milliseconds. Its columns are arch, arch_key and the numeric ones, as optional doubles. Metadata hold the version
// of this form (graphpnas.format), the name of the space (graphpnas.space) and a CRC-32C of all names and contents
// (graphpnas.checksum). A file with any of these, or with arch_key, must have all of them.
//
// [NB101.Table] and [NATS.Table] make such tables of the benchmarks' own files; examples/convert is the program for it.
//
// # Files that nobody vouches for
//
// Reading a file takes at most 16 times its length plus 64 MiB of memory, whatever it says, and an error about it has at most
// 1 KB. The length of a CSV file is that of its text, decompressed. The architectures of a table come on top once they are parsed.
//
// # A table that needs no file
//
// [Digits201] has all cells of NAS-Bench-201 in small networks, which this library has trained itself on handwritten digits.
//
// # NAS-Bench-101
//
// A table of cells of NAS-Bench-101 may have their matrix and operations in the column arch, as in
// {"module_adjacency": [[0, 1], [0, 0]], "module_operations": ["input", "output"]}, or in columns of these names instead
// (or matrix and ops). A hash of a cell is not enough.
//
// [OpenNB101] reads NAS-Bench-101 from the files that its authors publish at https://github.com/google-research/nasbench:
// nasbench_only108.tfrecord, or nasbench_full.tfrecord with the trainings of 4, 12 and 36 epochs as well. Every cell was
// trained several times, and evaluated halfway and at the end of each training: an [NB101Query] says which of these
// figures is asked for, or their mean. [NB101.Evaluator] makes an evaluator of an accuracy, whose cost is the time that
// the benchmark's authors spent on training.
//
// # NAS-Bench-201
//
// [OpenNATS] reads NAS-Bench-201, which is the topology space of NATS-Bench, from the files that its authors publish at
// https://github.com/D-X-Y/NATS-Bench: the directory NATS-tss-v1_0-3ffb9-simple, of which it reads a file a cell when
// the cell is asked for, NATS-tss-v1_0-3ffb9.pickle.pbz2 or NAS-Bench-201-v1_1-096897.pth. Every cell was trained for 12
// and for 200 epochs on four data sets, with several seeds: a [NATSQuery] says which of these trainings are asked for, or
// their mean. [NATS.Info] and [NATS.Cost] have all figures, [NATS.Evaluator] makes an evaluator of an accuracy, whose
// cost is the time that the benchmark gives for the training. The files are pickles of Python, and read without running
// any code. The directory is tested on two of the published cells, the other forms on small files alike.
package nasbench
