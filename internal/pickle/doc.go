// Package pickle reads Python pickles of plain data from files that nobody vouches for: dictionaries, lists, tuples,
// sets, strings, numbers, and numpy's scalars, as [Load] lists them. It runs no code, whatever the file says, and what it
// allocates is bounded before it is allocated: at most 16 times the length of the file plus 64 MiB, as package limit says.
//
// A pickle is a program for a stack machine. [Load] goes over it twice. The first time it only checks: every opcode is
// one of a short list and its argument of modest length, the stack never runs empty, every operation finds operands of
// its kind, classes are on a short list, entries of the memo are numbered one after the other, and the memory that it
// would take, by a generous estimate, is in bounds. The second time gopickle runs it.
//
// gopickle alone would do neither: it allocates whatever length a pickle declares, makes a stand-in for any class, and
// keeps every object of the memo until the end. So it is not given the pickle as it is but rewritten, opcode by opcode:
// frames are left out, and so are memo entries that nothing fetches; the others are kept by this package, through
// gopickle's hook for persistent objects. That also lets a large dictionary be split: its values are loaded one at a
// time and dropped when the caller has taken from them what it wants, whatever they share.
package pickle
