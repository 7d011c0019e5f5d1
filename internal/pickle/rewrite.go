package pickle

import (
	"encoding/binary"
	"fmt"
)

// rewriter is a pickle as gopickle is given it: the instructions that the scanner reads, with persistent objects in the
// place of parts, series and the memo.
type rewriter struct {
	loader *loader
	end    int64 // where the scanner is to stop
	unread []byte
	buffer [16]byte // for instructions that the pickle does not have
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

// Read reads up to an opcode with its argument.
func (r *rewriter) Read(p []byte) (int, error) {
	if err := r.fill(); err != nil {
		return 0, err
	}
	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	return n, nil
}

// fill sees to it that something is unread.
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

// rewrite returns the next instruction, empty for one that is left out.
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

// put counts an entry of the memo, and tells whether it is fetched.
func (l *loader) put() (entry int, fetch bool) {
	entry = l.entries
	l.entries++
	return entry, entry < len(l.memo) && l.memo[entry]&fetched != 0
}

// persistent appends a persistent object: a number, or a tuple of what is on the stack and a number.
func persistent(b []byte, number int, tuple ...byte) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, opInt), uint32(int32(number)))
	return append(append(b, tuple...), opPersistentObject)
}
