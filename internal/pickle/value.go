package pickle

import (
	"iter"

	"github.com/nlpodyssey/gopickle/types"
)

// Pairs yields the keys and values of a dictionary in the order of the file. If a key of a dict
// occurs twice, the later value counts. Pairs returns false if the object is not a dictionary.
func Pairs(object any) (iter.Seq2[any, any], bool) {
	switch d := object.(type) {
	case *types.Dict:
		return func(yield func(any, any) bool) {
			for _, entry := range *d {
				if !yield(entry.Key, entry.Value) {
					return
				}
			}
		}, true
	case *types.OrderedDict:
		return func(yield func(any, any) bool) {
			for e := d.List.Front(); e != nil; e = e.Next() {
				if entry := e.Value.(*types.OrderedDictEntry); !yield(entry.Key, entry.Value) {
					return
				}
			}
		}, true
	}
	return nil, false
}

// Items returns the elements of a list or tuple, or false if the object is neither.
func Items(object any) ([]any, bool) {
	switch l := object.(type) {
	case *types.List:
		return *l, true
	case *types.Tuple:
		return *l, true
	}
	return nil, false
}
