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

// The kinds of subjects. A message about a request has the subject name.kind.space.id. All kinds except done are stored in
// streams.
const (
	requests = "request"
	results  = "result"
	dead     = "dead"
	done     = "done"
)

// nobody is an id that no request can have.
const nobody = "00000000000000000000000000000000"

// topic builds the subjects of a queue for one space.
type topic struct{ queue, space string }

func newTopic(queue, space string) topic { return topic{queue, token(space)} }

func (t topic) subject(kind, id string) string {
	return strings.Join([]string{t.queue, kind, t.space, id}, ".")
}

// id returns the last token of a subject.
func id(subject string) string { return subject[strings.LastIndexByte(subject, '.')+1:] }

// covers reports whether every subject that matches subject, which may have wildcards, also matches pattern.
func covers(pattern, subject string) bool {
	p, s := strings.Split(pattern, "."), strings.Split(subject, ".")
	for i, t := range p {
		switch {
		case t == ">":
			return len(s) > i
		case i >= len(s) || s[i] == ">":
			return false
		case t != "*" && t != s[i]:
			return false
		}
	}
	return len(p) == len(s)
}

// plain replaces every character except letters, digits, - and _.
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

// token converts a name to a subject token. Different names have different tokens.
func token(name string) string {
	t := plain(name)
	if t == name && t != "" && len(t) <= 64 {
		return t
	}
	sum := sha256.Sum256([]byte(name))
	return t[:min(len(t), 40)] + "-" + hex.EncodeToString(sum[:8])
}

// identify derives a request's id from everything that its result depends on, so that all coordinators use the same id for the
// same request.
func identify(objective, key string, r protocol.Request) string {
	h := sha256.New()
	add := func(text string) {
		_ = binary.Write(h, binary.BigEndian, uint64(len(text))) // writing to a hash never fails
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
