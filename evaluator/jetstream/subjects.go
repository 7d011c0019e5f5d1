package jetstream

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// The kinds of subjects: a message about a request has the subject name.kind.space.id, where all but done are in streams.
const (
	requests = "request"
	results  = "result"
	dead     = "dead"
	done     = "done"
)

// topic is the subjects of a queue for one space.
type topic struct{ queue, space string }

func newTopic(queue, space string) topic { return topic{queue, token(space)} }

func (t topic) subject(kind, id string) string {
	return strings.Join([]string{t.queue, kind, t.space, id}, ".")
}

// id is the last token of a subject.
func id(subject string) string { return subject[strings.LastIndexByte(subject, '.')+1:] }

// plain replaces what is no letter, digit, - or _.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_':
			return r
		default:
			return '_'
		}
	}, text)
}

// token makes a name a part of a subject, a different one for each name.
func token(name string) string {
	t := plain(name)
	if t == name && t != "" && len(t) <= 64 {
		return t
	}
	sum := sha256.Sum256([]byte(name))
	return t[:min(len(t), 40)] + "-" + hex.EncodeToString(sum[:8])
}

// identify derives the request's id from all that its result depends on, so that whoever asks for the same asks under
// the same id.
func identify(objective, key string, r protocol.Request) string {
	h := sha256.New()
	add := func(text string) {
		_ = binary.Write(h, binary.BigEndian, uint64(len(text))) // a hash never fails
		h.Write([]byte(text))
	}
	add(objective)
	add(r.Space)
	add(key)
	for _, name := range slices.Sorted(maps.Keys(r.Budget)) {
		add(name)
		_ = binary.Write(h, binary.BigEndian, math.Float64bits(r.Budget[name]))
	}
	_ = binary.Write(h, binary.BigEndian, r.Seed)
	return hex.EncodeToString(h.Sum(nil)[:16])
}
