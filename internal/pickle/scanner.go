package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	maxArgument    = 1 << 12         // bytes of a string; those of the benchmark have up to 100
	maxClassName   = 1 << 8          // bytes of the two lines that name a class
	maxInstruction = maxArgument + 5 // bytes of an opcode, the length of its argument, and the argument
)

// instruction is an opcode with its argument. Its bytes are the scanner's, until it reads on.
type instruction struct {
	code byte
	head uint8  // how many bytes come before the argument: the opcode, and the argument's length
	raw  []byte // all of it
}

// argument returns the argument.
func (i instruction) argument() []byte { return i.raw[i.head:] }

// number returns the argument as an unsigned number, for opcodes whose argument is one.
func (i instruction) number() int { return int(unsigned(i.argument())) }

// unsigned reads a number of up to eight bytes.
func unsigned(b []byte) uint64 {
	n := uint64(0)
	for i, v := range b {
		n |= uint64(v) << (8 * i)
	}
	return n
}

// scanner reads instructions.
type scanner struct {
	in       io.Reader
	err      error  // what ended the reading of in
	buffer   []byte // what has been read of in
	window   []byte // of the buffer, what comes next
	pos      int64  // bytes gone by
	max      int64  // bytes that may go by
	frameEnd int64  // where the current frame ends
}

// newScanner makes a scanner of up to max bytes.
func newScanner(r io.Reader, max int64) *scanner {
	return &scanner{in: r, buffer: make([]byte, 1<<16), max: max}
}

// next reads an instruction. FRAME is passed over, once it is checked: it matters to nobody.
func (s *scanner) next() (instruction, error) {
	for {
		i, err := s.peek()
		if err == nil && (s.pos < s.frameEnd || i.code == opFrame) {
			err = s.checkFrame(i)
		}
		if err != nil {
			return instruction{}, fmt.Errorf("byte %d: %w", s.pos, err)
		}
		s.pass(len(i.raw))
		if i.code != opFrame {
			return i, nil
		}
		s.frameEnd = s.pos + int64(unsigned(i.argument()))
	}
}

// peek returns the next instruction, without passing over it.
func (s *scanner) peek() (instruction, error) {
	if len(s.window) < maxInstruction {
		s.read()
	}
	if len(s.window) == 0 {
		return instruction{}, s.missing()
	}
	code := s.window[0]
	op := &opcodes[code]
	head, n := 1, op.fixed
	switch {
	case op.name == "":
		return instruction{}, fmt.Errorf("opcode %#02x is unknown, or of no use here", code)
	case op.lines:
		if n = s.twoLines(); n == 0 && len(s.window) > maxClassName {
			return instruction{}, fmt.Errorf("%s: no class has so long a name", op.name)
		} else if n == 0 {
			n = maxInstruction
		}
	case op.counted > 0 && op.counted < len(s.window):
		head += op.counted
		if count := unsigned(s.window[1:head]); count > maxArgument {
			return instruction{}, fmt.Errorf("%s: %d bytes are more than %d", op.name, count, maxArgument)
		} else {
			n = int(count)
		}
	case op.counted > 0:
		n = op.counted
	}
	if len(s.window) < head+n {
		return instruction{}, fmt.Errorf("%s: %w", op.name, s.missing())
	}
	return instruction{code, uint8(head), s.window[:head+n]}, nil
}

// twoLines returns the length of the two lines after the opcode, 0 where they do not end.
func (s *scanner) twoLines() int {
	lines := s.window[1:min(len(s.window), 1+maxClassName)]
	first := bytes.IndexByte(lines, '\n') + 1
	second := bytes.IndexByte(lines[first:], '\n') + 1
	if first == 0 || second == 0 {
		return 0
	}
	return first + second
}

// read fills the window.
func (s *scanner) read() {
	n := copy(s.buffer, s.window)
	for s.err == nil && n < maxInstruction {
		var more int
		more, s.err = s.in.Read(s.buffer[n:])
		n += more
	}
	s.window = s.buffer[:n]
	if left := s.max - s.pos; int64(n) > left {
		s.window = s.buffer[:left]
		s.err = fmt.Errorf("more than %d bytes", s.max)
	}
}

// missing returns why there is nothing more to read.
func (s *scanner) missing() error {
	if errors.Is(s.err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return s.err
}

// pass passes over n bytes of the window.
func (s *scanner) pass(n int) {
	s.window = s.window[n:]
	s.pos += int64(n)
}

// checkFrame checks the next instruction against the frame that it is in.
func (s *scanner) checkFrame(i instruction) error {
	end := s.pos + int64(len(i.raw))
	switch {
	case i.code != opFrame && end > s.frameEnd:
		return fmt.Errorf("%s goes beyond its frame", opcodes[i.code].name)
	case i.code == opStop && end < s.frameEnd:
		return fmt.Errorf("FRAME: %d bytes more than there are", s.frameEnd-end)
	case i.code == opFrame && s.pos < s.frameEnd:
		return errors.New("FRAME within a frame")
	case i.code == opFrame && unsigned(i.argument()) > uint64(s.max-end):
		return fmt.Errorf("FRAME: %d bytes are more than may follow", unsigned(i.argument()))
	}
	return nil
}

// expect passes over what must be there.
func (s *scanner) expect(want, what string) error {
	s.read()
	if !bytes.HasPrefix(s.window, []byte(want)) {
		return fmt.Errorf("byte %d: not %s", s.pos, what)
	}
	s.pass(len(want))
	return nil
}

// end tells whether this is the end of the file. A compressed file is checked there as a whole.
func (s *scanner) end() error {
	s.read()
	if len(s.window) > 0 {
		return fmt.Errorf("byte %d: something follows the pickle", s.pos)
	}
	if err := s.missing(); !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("byte %d: %w", s.pos, err)
	}
	return nil
}

// skip passes over n bytes.
func (s *scanner) skip(n int64) error {
	for n > 0 {
		s.read()
		if len(s.window) == 0 {
			return fmt.Errorf("byte %d: %w", s.pos, s.missing())
		}
		step := min(n, int64(len(s.window)))
		s.pass(int(step))
		n -= step
	}
	return nil
}
