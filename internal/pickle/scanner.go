package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	maxArgument    = 1 << 12         // bytes of a string; strings in the benchmark have up to 100
	maxClassName   = 1 << 8          // bytes of the two lines that name a class
	maxInstruction = maxArgument + 5 // bytes of an opcode, the length of its argument, and the argument
)

// instruction is an opcode with its argument. Its bytes are valid until the scanner reads on.
type instruction struct {
	code byte
	head uint8  // number of bytes before the argument: the opcode and the argument's length
	raw  []byte // all bytes
}

// argument returns the argument.
func (i instruction) argument() []byte { return i.raw[i.head:] }

// number returns a numeric argument.
func (i instruction) number() int { return int(unsigned(i.argument())) }

// unsigned decodes a number of up to eight bytes.
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
	err      error  // why reading from in ended
	buffer   []byte // data read from in
	window   []byte // unprocessed part of buffer
	pos      int64  // number of bytes processed
	max      int64  // limit of pos
	frameEnd int64  // end of the current frame
}

// newScanner returns a scanner of up to max bytes.
func newScanner(r io.Reader, max int64) *scanner {
	return &scanner{in: r, buffer: make([]byte, 1<<16), max: max}
}

// next reads an instruction. It checks and skips FRAME, which has no effect.
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

// peek returns the next instruction without consuming it.
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
		return instruction{}, fmt.Errorf("opcode %#02x is not supported", code)
	case op.lines:
		if n = s.twoLines(); n == 0 && len(s.window) > maxClassName {
			return instruction{}, fmt.Errorf("%s: the name of the class is too long", op.name)
		} else if n == 0 {
			n = maxInstruction
		}
	case op.counted > 0 && op.counted < len(s.window):
		head += op.counted
		if count := unsigned(s.window[1:head]); count > maxArgument {
			return instruction{}, fmt.Errorf("%s: the argument must have at most %d bytes, got %d", op.name, maxArgument, count)
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

// twoLines returns the length of the two lines after the opcode, or 0 if they do not end.
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

// missing returns the reason that there is no more data.
func (s *scanner) missing() error {
	if errors.Is(s.err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return s.err
}

// pass consumes n bytes of the window.
func (s *scanner) pass(n int) {
	s.window = s.window[n:]
	s.pos += int64(n)
}

// checkFrame checks the next instruction against the current frame.
func (s *scanner) checkFrame(i instruction) error {
	end := s.pos + int64(len(i.raw))
	switch {
	case i.code != opFrame && end > s.frameEnd:
		return fmt.Errorf("%s exceeds its frame", opcodes[i.code].name)
	case i.code == opStop && end < s.frameEnd:
		return fmt.Errorf("FRAME: exceeds the file by %d bytes", s.frameEnd-end)
	case i.code == opFrame && s.pos < s.frameEnd:
		return errors.New("FRAME: frames must not be nested")
	case i.code == opFrame && unsigned(i.argument()) > uint64(s.max-end):
		return fmt.Errorf("FRAME: %d bytes exceed the limit", unsigned(i.argument()))
	}
	return nil
}

// expect consumes data that must be present.
func (s *scanner) expect(want, what string) error {
	s.read()
	if !bytes.HasPrefix(s.window, []byte(want)) {
		return fmt.Errorf("byte %d: expected %s", s.pos, what)
	}
	s.pass(len(want))
	return nil
}

// end returns an error if this is not the end of the file. For a compressed file, it verifies the
// checksum.
func (s *scanner) end() error {
	s.read()
	if len(s.window) > 0 {
		return fmt.Errorf("byte %d: there must be nothing after the pickle", s.pos)
	}
	if err := s.missing(); !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("byte %d: %w", s.pos, err)
	}
	return nil
}

// skip consumes n bytes.
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
