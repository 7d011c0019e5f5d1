package pickle

// kind is what the check knows about an object.
type kind uint8

const (
	atom     kind = iota // None, a truth value, bytes, a numpy scalar, an int of more than 4 bytes
	integer              // an int of up to 4 bytes
	number               // a float
	text                 // a string
	splitKey             // the string that is the key of the split dictionary
	mark                 // not an object, but the start of some
	empty                // an empty tuple
	tuple                // a tuple that is not empty
	list                 //
	dict                 // or OrderedDict
	set                  //
	complete             // a list, dict or set from the memo, which cannot be changed any more
	dtype                // a numpy data type

	firstName  = dtype + 1                       // the kinds of names
	firstClass = firstName + kind(len(names))    // the kinds of classes
	kinds      = firstClass + kind(len(classes)) // number of kinds

	// Flags of a memo entry that is fetched:
	fetched kind = 0x40 // anywhere
	shared  kind = 0x80 // not only in the part that created it
	flags        = fetched | shared
)

var _ [fetched - kinds]struct{} // the kinds must not overlap the flags

// names lists the strings that occur in the names of classes.
var names = [...]string{
	"collections", "OrderedDict",
	"numpy", "dtype",
	"numpy.core.multiarray", "numpy._core.multiarray", "scalar",
	"_codecs", "encode",
	"__builtin__", "bytes",
}

// nameKinds maps each name to its kind.
var nameKinds = func() map[string]kind {
	m := map[string]kind{}
	for i, name := range names {
		m[name] = firstName + kind(i)
	}
	return m
}()

// isName reports whether k is the kind of one of names.
func (k kind) isName() bool { return firstName <= k && k < firstClass }

// name returns the string whose kind is k.
func (k kind) name() string { return names[k-firstName] }

// isText reports whether an object of the kind is a string.
func (k kind) isText() bool { return k == text || k == splitKey || k.isName() }

// isPlain reports whether an object of the kind is a string or an int.
func (k kind) isPlain() bool { return k == integer || k.isText() }

// isTuple reports whether an object of the kind is a tuple.
func (k kind) isTuple() bool { return k == empty || k == tuple }

// isContainer reports whether an object of the kind can contain others.
func (k kind) isContainer() bool { return tuple <= k && k <= complete }
