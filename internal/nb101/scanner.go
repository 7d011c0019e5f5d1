package nb101

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// scanner reads JSON token by token, much faster than encoding/json.
type scanner struct {
	rest []byte
}

// next skips white space and returns the next byte, or io.ErrUnexpectedEOF.
func (s *scanner) next() (byte, error) {
	for len(s.rest) > 0 {
		switch c := s.rest[0]; c {
		case ' ', '\t', '\n', '\r':
			s.rest = s.rest[1:]
		default:
			return c, nil
		}
	}
	return 0, io.ErrUnexpectedEOF
}

// expect reads a token of one character.
func (s *scanner) expect(want byte) error {
	c, err := s.next()
	if err != nil {
		return err
	}
	if c != want {
		return fmt.Errorf("got %q, want %q", c, want)
	}
	s.rest = s.rest[1:]
	return nil
}

// end returns an error if anything follows the last token.
func (s *scanner) end() error {
	if c, err := s.next(); err == nil {
		return fmt.Errorf("unexpected %q after the end", c)
	}
	return nil
}

// integer reads a positive number of at most nine digits.
func (s *scanner) integer() (n int, err error) {
	if _, err := s.next(); err != nil {
		return 0, err
	}
	digits := 0
	for digits < len(s.rest) && '0' <= s.rest[digits] && s.rest[digits] <= '9' {
		n = 10*n + int(s.rest[digits]-'0')
		if digits++; digits > 9 {
			return 0, errors.New("the number must have at most nine digits")
		}
	}
	if digits == 0 || digits > 1 && s.rest[0] == '0' {
		return 0, errors.New("it must be a positive integer")
	}
	s.rest = s.rest[digits:]
	return n, nil
}

// appendString reads a string and appends its unescaped value to text.
func (s *scanner) appendString(text []byte) ([]byte, error) {
	token, err := s.stringToken()
	if err != nil {
		return text, err
	}
	start := len(text)
	for rest := token[1 : len(token)-1]; ; {
		escape := bytes.IndexByte(rest, '\\')
		if escape < 0 {
			return append(text, rest...), nil
		}
		if rest[escape+1] != 'n' { // the published file only escapes line breaks
			var any string
			err := json.Unmarshal(token, &any)
			return append(text[:start], any...), err
		}
		text = append(append(text, rest[:escape]...), '\n')
		rest = rest[escape+2:]
	}
}

// stringToken reads a string with its quotes and escapes. Control characters are not allowed. It
// only checks for those that a base64 decoder would ignore, because the fields reject all others.
func (s *scanner) stringToken() ([]byte, error) {
	if c, err := s.next(); err != nil {
		return nil, err
	} else if c != '"' {
		return nil, fmt.Errorf("got %q, want a string", c)
	}
	for end := 1; ; end++ {
		n := bytes.IndexByte(s.rest[end:], '"')
		if n < 0 {
			return nil, io.ErrUnexpectedEOF
		}
		end += n
		if before := s.rest[1:end]; (len(before)-len(bytes.TrimRight(before, `\`)))%2 == 1 {
			continue
		}
		token := s.rest[:end+1]
		if bytes.IndexByte(token, '\n') >= 0 || bytes.IndexByte(token, '\r') >= 0 {
			return nil, errors.New("a string must not contain a line break")
		}
		s.rest = s.rest[end+1:]
		return token, nil
	}
}
