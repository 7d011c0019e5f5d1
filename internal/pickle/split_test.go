package pickle_test

import (
	"encoding/binary"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/pickle"
)

// pickler writes a pickle of random objects that share other random objects.
type pickler struct {
	*rapid.T
	protocol2 bool
	out       []byte
	memo      []any // objects of the memo, as returned by simplify
}

func (p *pickler) emit(s string) { p.out = append(p.out, s...) }

// remember stores the last object in the memo.
func (p *pickler) remember(object any) {
	if p.protocol2 {
		p.out = binary.LittleEndian.AppendUint32(append(p.out, 'r'), uint32(len(p.memo)))
	} else {
		p.emit("\x94")
	}
	p.memo = append(p.memo, object)
}

func (p *pickler) text(s string) any {
	p.out = binary.LittleEndian.AppendUint32(append(p.out, 'X'), uint32(len(s)))
	p.emit(s)
	p.remember(s)
	return s
}

// whether draws a bool.
func (p *pickler) whether(what string) bool { return rapid.Bool().Draw(p.T, what) }

// object writes a random object.
func (p *pickler) object(depth int) any {
	if len(p.memo) > 0 && p.whether("from the memo") {
		entry := rapid.IntRange(0, len(p.memo)-1).Draw(p.T, "entry")
		p.out = binary.LittleEndian.AppendUint32(append(p.out, 'j'), uint32(entry))
		return p.memo[entry]
	}
	kinds := 7
	if depth == 0 {
		kinds = 4
	}
	switch rapid.IntRange(0, kinds-1).Draw(p.T, "kind") {
	case 0:
		p.emit("N")
		return nil
	case 1:
		return p.key()
	case 2:
		return p.float()
	case 3:
		p.emit("}")
		return p.curve()
	case 4:
		l := []any{}
		p.emit("(")
		for range rapid.IntRange(0, 3).Draw(p.T, "items") {
			l = append(l, p.object(depth-1))
		}
		p.emit("t")
		p.remember(l)
		return l
	case 5:
		p.emit("ccollections\nOrderedDict\n)R")
		return p.curve()
	default:
		l := []any{}
		p.emit("](")
		for range rapid.IntRange(0, 3).Draw(p.T, "items") {
			l = append(l, p.object(depth-1))
		}
		p.emit("e")
		p.remember(l)
		return l
	}
}

// key writes a string or a number.
func (p *pickler) key() any {
	n := rapid.IntRange(-3, 70000).Draw(p.T, "number")
	switch {
	case p.whether("string"):
		return p.text("x@" + strconv.Itoa(n))
	case n >= 0 && n < 1<<8:
		p.out = append(p.out, 'K', byte(n))
	case n >= 0 && n < 1<<16:
		p.out = binary.LittleEndian.AppendUint16(append(p.out, 'M'), uint16(n))
	default:
		p.out = binary.LittleEndian.AppendUint32(append(p.out, 'J'), uint32(n))
	}
	return n
}

func (p *pickler) float() any {
	v := rapid.Float64Range(-1e9, 1e9).Draw(p.T, "float")
	p.out = binary.BigEndian.AppendUint64(append(p.out, 'G'), math.Float64bits(v))
	return v
}

// curve fills a dictionary, mostly with numbers under different keys.
func (p *pickler) curve() any {
	d := pairs{}
	seen := map[any]bool{}
	p.emit("(")
	for i := range rapid.IntRange(0, 4).Draw(p.T, "pairs") {
		before := len(p.out)
		key := p.key()
		if seen[key] {
			p.out = p.out[:before]
			if _, ok := key.(string); ok {
				p.memo = p.memo[:len(p.memo)-1]
			}
			key = p.text("other" + strconv.Itoa(i))
		}
		seen[key] = true
		value := any(nil)
		if p.whether("another object") {
			value = p.object(0)
		} else {
			value = p.float()
		}
		d = append(d, [2]any{key, value})
	}
	p.emit("u")
	p.remember(d)
	return d
}

// A split dictionary loads the same as with everything else, whatever its values share.
func TestSplitIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &pickler{T: t, protocol2: rapid.Bool().Draw(t, "protocol 2")}
		p.emit("\x80\x04")
		p.emit("}(")
		p.text("head")
		head := p.object(2)
		p.text("split")
		parts := pairs{}
		p.emit("}")
		for batch := range rapid.IntRange(0, 2).Draw(t, "batches") {
			p.emit("(")
			for i := range rapid.IntRange(0, 4).Draw(t, "parts") {
				p.emit("K" + string([]byte{byte(10*batch + i)}))
				parts = append(parts, [2]any{10*batch + i, p.object(2)})
			}
			p.emit("u")
		}
		if p.whether("a part without a mark") {
			p.emit("K\x63")
			parts = append(parts, [2]any{0x63, p.object(2)})
			p.emit("s")
		}
		p.text("tail")
		tail := p.object(2)
		p.emit("u.")
		want := pairs{{"head", head}, {"split", parts}, {"tail", tail}}

		whole, err := pickle.Loads(p.out, limits)
		require.NoError(t, err)
		require.Equal(t, want, simplify(whole))

		seen := pairs{}
		rest, err := pickle.Load(opener(p.out), pickle.Options{
			Limits: limits,
			Split:  "split",
			Each: func(key, value any) (any, error) {
				seen = append(seen, [2]any{key, simplify(value)})
				return nil, nil
			},
		})
		require.NoError(t, err)
		require.Equal(t, parts, seen)
		for i := range parts {
			parts[i][1] = nil
		}
		require.Equal(t, want, simplify(rest))
	})
}
