package pickle

import (
	"encoding/binary"
	"fmt"
)

// rewriter is a pickle in the form that gopickle receives: the instructions that the scanner reads,
// with persistent objects instead of parts, series and the memo.
type rewriter struct {
	loader *loader
	end    int64 // position at which the scanner stops
	unread []byte
	buffer [16]byte // for instructions that are not in the pickle
}

// ReadByte reads a byte.
func (r *rewriter) ReadByte() (byte, error) {
	if err := r.fill(); err != nil {
		return 0, err
	}
	b := r.unread[0]
	r.unread = r.unread[1:]
	return b, nil
}

// Read reads up to one opcode with its argument.
func (r *rewriter) Read(p []byte) (int, error) {
	if err := r.fill(); err != nil {
		return 0, err
	}
	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	return n, nil
}

// fill ensures that there is unread data.
func (r *rewriter) fill() error {
	for len(r.unread) == 0 {
		raw, err := r.rewrite()
		if err != nil {
			return err
		}
		r.unread = raw
	}
	return nil
}

// rewrite returns the next instruction, or an empty one if it is omitted.
func (r *rewriter) rewrite() ([]byte, error) {
	l, out := r.loader, r.buffer[:0]
	switch pos := l.scanner.pos; {
	case pos > r.end:
		return nil, fmt.Errorf("byte %d: the file has changed since it was checked", pos)
	case pos == r.end:
		return append(out, opStop), nil
	case !l.within && len(l.parts) > 0 && pos == l.parts[0].first.pos:
		return persistent(append(out, opDup), callPart, opTuple2), nil // the key is on the stack
	case len(l.series) > 0 && pos == l.series[0]:
		return persistent(out, callSeries, opTuple2), nil // the dictionary is on the stack
	}
	i, err := l.scanner.next()
	if err != nil {
		return nil, err
	}
	switch i.code {
	case opPut, opLongPut, opMemoize:
		if entry, ok := l.put(); ok {
			return persistent(out, entry, opTuple2), nil
		}
		return nil, nil
	case opGet, opLongGet:
		return persistent(out, i.number()), nil
	default:
		return i.raw, nil
	}
}

// put counts a memo entry and reports whether it is fetched.
func (l *loader) put() (entry int, fetch bool) {
	entry = l.entries
	l.entries++
	return entry, entry < len(l.memo) && l.memo[entry]&fetched != 0
}

// persistent appends a persistent object: a number, or a tuple of objects on the stack and a
// number.
func persistent(b []byte, number int, tuple ...byte) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, opInt), uint32(int32(number)))
	return append(append(b, tuple...), opPersistentObject)
}
