package jetstream

import (
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

const (
	// room is how many bytes of a message are reserved for its headers, with the names and reasons in them.
	room = 4 << 10
	// leastMessage is how many bytes besides the headers every message may have at least.
	leastMessage = 8 << 10
)

// sizeError says that the server takes no messages of a size.
type sizeError struct {
	size, limit int
	setting     string // what limits the size
}

func (e *sizeError) Error() string {
	return fmt.Sprintf("a message of %d bytes and up to %d bytes of headers is larger than %s allows, %d bytes: raise that setting",
		e.size, room, e.setting, e.limit)
}

// limit returns how many bytes a message of a kind may have, headers included, and the setting that says so.
func (l *link) limit(kind string) (bytes int, setting string) {
	bytes, setting = int(l.nc.MaxPayload()), "max_payload of the server"
	if s := l.limits[kind]; s > 0 && s < bytes {
		return s, fmt.Sprintf("max_msg_size of stream %q", l.queue.stream(kind))
	}
	return bytes, setting
}

// fits returns a sizeError if a message of a size, headers not included, is too large.
func (l *link) fits(kind string, size int) error {
	if limit, setting := l.limit(kind); size+room > limit {
		return &sizeError{size, limit, setting}
	}
	return nil
}

// payload returns a message as it is sent: the line of package protocol without its end. The error is a sizeError if the server
// does not take it, and wraps protocol.ErrMalformed if no server would.
func (l *link) payload(kind string, m protocol.Message) ([]byte, error) {
	text, err := m.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if most := protocol.MaxLine - room; len(text) > most {
		return nil, fmt.Errorf("%w: a message of %d bytes; the maximum is %d", protocol.ErrMalformed, len(text), most)
	}
	return text, l.fits(kind, len(text))
}
