package pickle

// kind is what the check knows of an object.
type kind uint8

const (
	atom     kind = iota // None, a truth value, bytes, a numpy scalar, an int of more than 4 bytes
	integer              // an int of up to 4 bytes
	number               // a float
	text                 // a string
	splitKey             // the string that is the key of the dictionary to be split
	mark                 // no object, but where some begin
	empty                // a tuple of nothing
	tuple                // of something
	list                 //
	dict                 // or OrderedDict
	set                  //
	complete             // a list, dict or set from the memo, which nothing more can be put into
	dtype                // a numpy data type

	firstName  = dtype + 1                       // the kinds of names
	firstClass = firstName + kind(len(names))    // the kinds of classes
	kinds      = firstClass + kind(len(classes)) // how many there are

	// Flags of an entry of the memo that is fetched:
	fetched kind = 0x40 // anywhere
	shared  kind = 0x80 // not in the part that made it alone
	flags        = fetched | shared
)

var _ [fetched - kinds]struct{} // the kinds leave the flags alone

// names are the strings that make up the names of classes.
var names = [...]string{
	"collections", "OrderedDict",
	"numpy", "dtype",
	"numpy.core.multiarray", "numpy._core.multiarray", "scalar",
	"_codecs", "encode",
}

// nameKinds are the kinds of names.
var nameKinds = func() map[string]kind {
	m := map[string]kind{}
	for i, name := range names {
		m[name] = firstName + kind(i)
	}
	return m
}()

// isName tells whether k is the kind of one of names.
func (k kind) isName() bool { return firstName <= k && k < firstClass }

// name returns the string of which k is the kind.
func (k kind) name() string { return names[k-firstName] }

// isText tells whether an object of the kind is a string.
func (k kind) isText() bool { return k == text || k == splitKey || k.isName() }

// isPlain tells whether an object of the kind is a string or an int.
func (k kind) isPlain() bool { return k == integer || k.isText() }

// isTuple tells whether an object of the kind is a tuple.
func (k kind) isTuple() bool { return k == empty || k == tuple }

// isContainer tells whether an object of the kind can hold others.
func (k kind) isContainer() bool { return tuple <= k && k <= complete }
