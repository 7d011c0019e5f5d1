// Package pickle reads Python pickles of plain data from untrusted files: dictionaries, lists,
// tuples, sets, strings, numbers, and numpy scalars (see [Load]). It executes no code, whatever the
// file contains, and limits memory before allocating it, to at most 16 times the length of the file
// plus 64 MiB (see package limit).
//
// A pickle is a program for a stack machine. [Load] processes it twice. The first time it only
// checks: every opcode must be on a short list and have an argument of moderate length, the stack
// must never run empty, every operation must have operands of the right kinds, classes must be on a
// short list, memo entries must be numbered consecutively, and the memory needed, by a generous
// estimate, must be within limits. The second time, gopickle runs it.
//
// gopickle alone would do none of this: it allocates whatever length a pickle declares, creates a
// stand-in for any class, and keeps every object of the memo until the end. Load therefore rewrites
// the pickle for it, opcode by opcode: it removes frames and memo entries that are never fetched,
// and keeps the other entries itself, through gopickle's hook for persistent objects. This also
// makes it possible to split a large dictionary: its values are loaded one at a time and dropped
// when the caller has processed them, even if they share objects.
package pickle
