// Package nasbench makes an evaluator of a published benchmark: a [Table] of architectures and named columns of
// figures, read from CSV or Parquet. To evaluate an architecture is then to look it up. [Open] reads either.
//
// The first line of a CSV file names the columns. One is named "arch" and holds the architectures, in the customary
// notation of the space if it has one ([searchspace.Notation]), or as JSON ([searchspace.Arch.MarshalJSON]). All other
// columns hold numbers; an empty cell says that the figure is not recorded:
//
//	arch,valid,test
//	|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|,63.4,85.9
//	|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|,82.8,
//
// Any column can be the objective of a search, and any others ride along as metrics, see [Table.Evaluator]; one of seconds
// can be the cost, see [Table.WithCost]. What a search found can be judged by [Table.Best] and [Table.Rank].
//
// # A table that needs no file
//
// [Digits201] is all cells of NAS-Bench-201 in small networks, which this library has trained itself on handwritten digits.
//
// # Parquet
//
// A table of hundreds of thousands of architectures takes seconds to read from CSV, since each has to be parsed, checked
// and given its key. [Table.WriteParquet] writes the key beside the architecture, in a file that is a fraction as large
// and loads in milliseconds. The format is Parquet and not one of our own so that pandas, Polars, DuckDB and the like read it
// too; it is binary, so that numbers are exact, and typed, so that what is not recorded is null.
//
// The columns are arch, arch_key and the figures, as optional doubles. Metadata say the version of this form
// (graphpnas.format), the name of the space (graphpnas.space) and a CRC-32C of all names and contents
// (graphpnas.checksum). A file with any of these, or with arch_key, must have all of them. One with none, such as pandas
// writes of a frame with a column arch, is read as CSV is.
//
// [NB101.Table] and [NATS.Table] make such tables of the benchmarks' own files; examples/convert is the program for it.
//
// # NAS-Bench-101
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
