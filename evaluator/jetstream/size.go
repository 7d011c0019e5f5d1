package jetstream

import (
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

const (
	// room is the number of bytes of a message that are reserved for its headers.
	room = 4 << 10
	// leastMessage is the number of bytes, not counting headers, that the server must allow.
	leastMessage = 8 << 10
)

// sizeError is the error of a message that is larger than the server allows.
type sizeError struct {
	size, limit int
	setting     string // the setting that limits the size
}

func (e *sizeError) Error() string {
	return fmt.Sprintf("a message of %d bytes with up to %d bytes of headers is too large: %s allows %d bytes; raise that setting",
		e.size, room, e.setting, e.limit)
}

// limit returns the maximum size of a message of a kind in bytes, including headers, and the setting that limits it.
func (l *link) limit(kind string) (bytes int, setting string) {
	bytes, setting = int(l.nc.MaxPayload()), "max_payload of the server"
	if s := l.limits[kind]; s > 0 && s < bytes {
		return s, fmt.Sprintf("max_msg_size of stream %q", l.queue.stream(kind))
	}
	return bytes, setting
}

// fits returns a sizeError if a message of the given size, not counting headers, is too large.
func (l *link) fits(kind string, size int) error {
	if limit, setting := l.limit(kind); size+room > limit {
		return &sizeError{size, limit, setting}
	}
	return nil
}

// payload returns the payload of a message: the line of package protocol without the newline. The error is a sizeError if the
// message is too large for this server, and wraps protocol.ErrMalformed if it is too large for any server.
func (l *link) payload(kind string, m protocol.Message) ([]byte, error) {
	text, err := m.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if most := protocol.MaxLine - room; len(text) > most {
		return nil, fmt.Errorf("%w: the message has %d bytes, but the maximum is %d", protocol.ErrMalformed, len(text), most)
	}
	return text, l.fits(kind, len(text))
}
