// Package nasbench makes an evaluator of a published benchmark: a [Table] of architectures and named columns of
// figures, read from CSV. To evaluate an architecture is then to look it up.
//
// The first line of the file names the columns. One is named "arch" and holds the architectures, in the customary
// notation of the space if it has one ([searchspace.Notation]), or as JSON ([searchspace.Arch.MarshalJSON]). All other
// columns hold numbers; an empty cell says that the figure is not recorded:
//
//	arch,valid,test
//	|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|,63.4,85.9
//	|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|,82.8,
//
// Any column can be the objective of a search, and any others ride along as metrics, see [Table.Evaluator]. What a
// search found can be judged by [Table.Best] and [Table.Rank].
package nasbench
