// Package nasbench provides evaluators that look architectures up in published benchmarks. A
// [Table] contains architectures with named columns of figures. [Open] reads a table from any CSV
// or Parquet file with a column "arch".
//
// # Tables
//
// The column arch contains the architectures, in the usual notation of the space if it has one ([searchspace.Notation])
// or as JSON ([searchspace.Arch.MarshalJSON]); [searchspace.Parse] reads them. Columns of numbers contain figures:
//
//	arch,valid,test
//	|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|,63.4,85.9
//	|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|,82.8,
//
// Any numeric column can be the objective of a search, and others can be metrics of the results; see [Table.Evaluator]. A
// column of seconds can be the cost; see [Table.WithCost]. [Table.Best] and [Table.Rank] show how good the result of a
// search is, and [Table.Coverage] returns how many architectures of the space the table contains.
//
// If a table has columns for training runs of several lengths, [Table.BudgetEvaluator] returns an evaluator with budgets.
//
// A column is numeric if every cell is either a finite number or not recorded. Null, NaN and infinities count as not recorded,
// and so do empty cells, NA, N/A, null, None and similar cells in CSV. An evaluation that needs a figure which is not recorded
// fails with [ErrNotRecorded]. A column without any recorded figure is numeric. Other columns, such as text, Booleans, dates and
// lists, are skipped: [Table.Skipped] lists them with the reason, and using one returns an error that wraps [ErrNotNumeric].
// Columns with an integer beyond 2^53, which float64 cannot represent exactly, columns without a name, and columns with the same
// name are skipped too.
//
// Every row must have an architecture, and no two rows may have the same one.
//
// # CSV
//
// The first line contains the names of the columns. The text must be UTF-8, with or without a byte order mark, and may
// be compressed with gzip, bzip2 or Zstandard. Columns are separated by commas, or by tabs if the first line has tabs.
// Any kind of line end is accepted. Blank rows, lines before the first line that begin with #, and spaces around cells
// are ignored. Numbers have decimal points, no thousands separators and no units: a column with a cell like "84.5%" is
// skipped, and the reason explains how to write the number. Semicolons between columns and UTF-16 are errors.
//
// The history that a search writes (rl.CSVWriter, rl.History) is a table too; its column value is
// the objective. Failed evaluations count as not recorded, even if they have a penalty value. If an
// architecture is on several lines, the first one that did not fail is used; it is an error if
// another one has a different value.
//
// # Parquet
//
// [ReadParquet] reads files of pandas, Polars, DuckDB, Spark and parquet-go: every encoding,
// uncompressed or compressed with Snappy, Zstandard, gzip, LZ4_RAW or Brotli. Integers,
// floating-point and decimal numbers are figures; decimal numbers are rounded to the nearest
// float64. Text, categories and enums can be architectures. The type determines whether a column is
// numeric: text columns are skipped even if they contain only digits.
//
// Reading hundreds of thousands of architectures from CSV takes seconds, because each one has to be
// parsed and validated, and its key computed. [Table.WriteParquet] stores the keys too, in a much
// smaller file that loads in milliseconds. Its columns are arch, arch_key and the numeric ones, as
// optional doubles. Its metadata contain the version of the format (graphpnas.format), the name of
// the space (graphpnas.space) and a CRC-32C of all names and contents (graphpnas.checksum). A file
// with any of these, or with arch_key, must have all of them.
//
// [NB101.Table] and [NATS.Table] convert the benchmarks' own files to such tables; examples/convert is a program that does so.
//
// # Untrusted files
//
// Reading any file takes at most 16 times its length plus 64 MiB of memory, and the text of an
// error has at most 1 KB. The length of a CSV file is that of its decompressed text. Parsed
// architectures need additional memory.
//
// # Embedded table
//
// [Digits201] contains all cells of NAS-Bench-201 in small networks, which this library has trained on handwritten digits.
//
// # NAS-Bench-101
//
// A table of cells of NAS-Bench-101 may contain their matrices and operations in the column arch, as in
// {"module_adjacency": [[0, 1], [0, 0]], "module_operations": ["input", "output"]}, or in columns of
// these names (or matrix and ops). The hash of a cell is not sufficient.
//
// [OpenNB101] reads NAS-Bench-101 from the files published at
// https://github.com/google-research/nasbench: nasbench_only108.tfrecord, or
// nasbench_full.tfrecord, which also contains the training runs of 4, 12 and 36 epochs. Every cell
// was trained several times, and evaluated halfway through and at the end of each training run. An
// [NB101Query] selects one of these figures or their mean. [NB101.Evaluator] returns an evaluator
// whose objective is an accuracy and whose cost is the recorded training time.
//
// # NAS-Bench-201
//
// [OpenNATS] reads NAS-Bench-201, the topology space of NATS-Bench, from the files published at
// https://github.com/D-X-Y/NATS-Bench: the directory NATS-tss-v1_0-3ffb9-simple, of which it reads the file of a cell when
// the cell is first used, or the single files NATS-tss-v1_0-3ffb9.pickle.pbz2 and NAS-Bench-201-v1_1-096897.pth. Every cell
// was trained for 12 and for 200 epochs on four data sets, with several seeds. A [NATSQuery] selects one of these training
// runs or their mean. [NATS.Info] and [NATS.Cost] return all figures, and [NATS.Evaluator] returns an evaluator whose
// objective is an accuracy and whose cost is the training time of the benchmark. The files are Python pickles; reading them
// does not execute any code. The directory has been tested with two of the published cells, the other formats with small
// files of the same form.
package nasbench
