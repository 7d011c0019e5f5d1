package pickle_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/pickle"
)

// many repeats a part of a pickle.
func many(n int, piece string) string { return strings.Repeat(piece, n) }

func TestBadPickles(t *testing.T) {
	for name, bad := range map[string]struct{ pickle, message string }{
		"empty file":             {"", "byte 0: unexpected EOF"},
		"no PROTO":               {"N.", "byte 0: a pickle must begin with PROTO"},
		"PROTO twice":            {"\x80\x04\x80\x04N.", "byte 2: a pickle must begin with PROTO"},
		"protocol of the future": {"\x80\x06N.", "byte 0: PROTO: the protocol must be from 2 to 5, got 6"},
		"protocol of the past":   {"\x80\x01N.", "byte 0: PROTO: the protocol must be from 2 to 5, got 1"},
		"nothing":                {"\x80\x04.", "byte 2: STOP: there must be 1 object left on the stack, got 0"},
		"two objects":            {"\x80\x04NN.", "byte 4: STOP: there must be 1 object left on the stack, got 2"},
		"open mark":              {"\x80\x04(.", "byte 3: STOP: there must be 1 object left on the stack, got 1"},
		"more after it":          {"\x80\x04N.N", "byte 4: there must be nothing after the pickle"},
		"no STOP":                {"\x80\x04N", "byte 3: unexpected EOF"},

		"unknown opcode":              {"\x80\x04\xff.", "byte 2: opcode 0xff is not supported"},
		"persistent object":           {"\x80\x04NQ.", "byte 3: opcode 0x51 is not supported"},
		"persistent object by a line": {"\x80\x04Pid\n.", "byte 2: opcode 0x50"},
		"instance":                    {"\x80\x02(ios\nsystem\n.", "byte 3: opcode 0x69"},
		"instance by OBJ":             {"\x80\x02(cos\nsystem\no.", "byte 3: GLOBAL: class"},
		"instance by NEWOBJ":          {"\x80\x02ccollections\nOrderedDict\n)\x81.", "opcode 0x81"},
		"extension":                   {"\x80\x02\x82\x01.", "byte 2: opcode 0x82"},
		"buffer":                      {"\x80\x05\x97.", "byte 2: opcode 0x97"},
		"long number":                 {"\x80\x02\x8b\x01\x00\x00\x00\x01.", "byte 2: opcode 0x8b"},
		"number of no byte":           {"\x80\x02\x8a\x00.", "byte 2: LONG1: a number of 0 bytes"},
		"number of nine bytes":        {"\x80\x02\x8a\x09123456789.", "byte 2: LONG1: a number of 9 bytes"},

		"os.system":                     {"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.", `byte 2: GLOBAL: class "os.system" is not supported, because it is not plain data`},
		"posix.system":                  {"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.", `STACK_GLOBAL: class "posix.system" is not supported, because it is not plain data`},
		"builtins.eval":                 {"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.", `STACK_GLOBAL: class "builtins.eval" is not supported, because it is not plain data`},
		"name from the memo":            {"\x80\x04\x8c\x02os\x940h\x00\x8c\x06system\x93.", "opcode 0x30"},
		"class from the memo":           {"\x80\x04(\x8c\x02os\x94\x8c\x04eval\x94h\x00h\x01\x93t.", `class "?.?" is not supported, because it is not plain data`},
		"object":                        {"\x80\x02c__builtin__\nobject\n.", "is not supported, because it is not plain data"},
		"reconstructor":                 {"\x80\x02ccopy_reg\n_reconstructor\n.", "is not supported, because it is not plain data"},
		"class of tensors":              {"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n.", `class "torch._utils._rebuild_tensor_v2": it contains objects of PyTorch`},
		"type of PyTorch":               {"\x80\x04\x8c\x05torch\x8c\x07float32\x93.", `class "torch.float32": it contains objects of PyTorch`},
		"module like PyTorch":           {"\x80\x02ctorches\nf\n.", `class "torches.f" is not supported, because it is not plain data`},
		"other class of a known module": {"\x80\x02cnumpy\nload\n.", `class "numpy.load"`},
		"known words mixed":             {"\x80\x04\x8c\x05numpy\x8c\x06scalar\x93.", `class "numpy.scalar"`},
		"class of one line":             {"\x80\x02cos\n", "byte 2: GLOBAL: unexpected EOF"},
		"class with a name without end": {"\x80\x02c" + many(5000, "a"), "byte 2: GLOBAL: the name of the class is too long"},
		"class named by numbers":        {"\x80\x04K\x01K\x02\x93.", "STACK_GLOBAL: class"},

		"string not in UTF-8": {"\x80\x04\x8c\x02\xc3(.", "byte 2: SHORT_BINUNICODE: a string must be UTF-8"},
		"bytes of something":  {"\x80\x02c__builtin__\nbytes\nK\x09\x85R.", "REDUCE"},

		"string of 4 GiB":       {"\x80\x02X\xff\xff\xff\xffabc", "byte 2: BINUNICODE: the argument must have at most 4096 bytes, got 4294967295"},
		"bytes of 4 GiB":        {"\x80\x03B\xff\xff\xff\xffabc", "byte 2: BINBYTES: the argument must have at most 4096 bytes, got 4294967295"},
		"string of 2^63 bytes":  {"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc", "byte 2: opcode 0x8d"},
		"string beyond the end": {"\x80\x04\x8c\xffabc", "byte 2: SHORT_BINUNICODE: unexpected EOF"},
		"length beyond the end": {"\x80\x02X\x01\x00", "byte 2: BINUNICODE: unexpected EOF"},
		"number beyond the end": {"\x80\x02G1234567", "byte 2: BINFLOAT: unexpected EOF"},
		"frame of 4 GiB":        {"\x80\x04\x95\x00\x00\x00\x00\x01\x00\x00\x00N.", "byte 2: FRAME: 4294967296 bytes exceed the limit"},
		"frame of 2^64-1 bytes": {"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xffN.", "byte 2: FRAME: 18446744073709551615 bytes"},
		"frame too long":        {"\x80\x04\x95\x07\x00\x00\x00\x00\x00\x00\x00N.", "byte 12: FRAME: exceeds the file by 5 bytes"},
		"frame too short":       {"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00\x8c\x02id.", "byte 11: SHORT_BINUNICODE exceeds its frame"},
		"frame in a frame":      {"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x95\x02\x00\x00\x00\x00\x00\x00\x00N.", "byte 11: FRAME: frames must not be nested"},

		"memo entry of 2^31":     {"\x80\x02Nr\x00\x00\x00\x80.", "byte 3: LONG_BINPUT: the memo entry must be 0, got 2147483648"},
		"memo entry out of turn": {"\x80\x02Nq\x01.", "byte 3: BINPUT: the memo entry must be 0, got 1"},
		"memo entry twice":       {"\x80\x02Nq\x00q\x00.", "byte 5: BINPUT: the memo entry must be 1, got 0"},
		"memo entry of nothing":  {"\x80\x04\x94.", "byte 2: MEMOIZE: too few objects on the stack"},
		"memo entry of a mark":   {"\x80\x04(\x94t.", "byte 3: MEMOIZE: too few objects on the stack"},
		"memo entry not there":   {"\x80\x02h\x00.", "byte 2: BINGET: there is no memo entry 0 yet"},
		"memo entry far off":     {"\x80\x02j\xff\xff\xff\xff.", "byte 2: LONG_BINGET: there is no memo entry 4294967295 yet"},

		"too many marks":   {"\x80\x02" + many(65, "("), "byte 66: MARK: more than 64 marks on the stack"},
		"too many objects": {"\x80\x02(" + many(1<<16, "N"), "more than 65536 objects on the stack"},
		"lists in lists":   {"\x80\x02" + many(1<<17, "]"), "more than 65536 objects on the stack"},
		"tuples in tuples": {"\x80\x02N" + many(1<<17, "\x85") + ".", "STOP: needs about"},
		"too many lists":   {"\x80\x02]" + many(1<<16, "]a") + ".", "STOP: needs about"},

		"tuple of nothing":            {"\x80\x02\x85.", "byte 2: TUPLE1: too few objects on the stack"},
		"tuple beyond a mark":         {"\x80\x02N(N\x86.", "byte 5: TUPLE2: too few objects on the stack"},
		"tuple without a mark":        {"\x80\x02Nt.", "byte 3: TUPLE: no mark on the stack"},
		"APPEND to None":              {"\x80\x02NNa.", "byte 4: APPEND: operand 1 has the wrong kind"},
		"APPENDS to a dictionary":     {"\x80\x02}(Ne.", "byte 5: APPENDS: the container has the wrong kind"},
		"APPENDS to nothing":          {"\x80\x02(Ne.", "byte 4: APPENDS: too few objects on the stack"},
		"ADDITEMS to a list":          {"\x80\x02](N\x90.", "byte 5: ADDITEMS: the container has the wrong kind"},
		"SETITEM of a list":           {"\x80\x02]NNs.", "byte 5: SETITEM: operand 1 has the wrong kind"},
		"SETITEMS of a list":          {"\x80\x02](NNu.", "byte 6: SETITEMS: the container has the wrong kind"},
		"key without a value":         {"\x80\x02}(NNNu.", "byte 7: SETITEMS: a key has no value"},
		"APPEND to one of the memo":   {"\x80\x02(]q\x00h\x00NaNt.", "byte 9: APPEND: operand 1 has the wrong kind"},
		"SETITEMS of one of the memo": {"\x80\x02(}q\x00h\x00(NNut.", "byte 11: SETITEMS: the container has the wrong kind"},
		"call of a string":            {"\x80\x02X\x02\x00\x00\x00os)R.", "byte 10: REDUCE: the called object must be a class"},
		"call with a list":            {"\x80\x02ccollections\nOrderedDict\n]R.", "REDUCE: operand 2 has the wrong kind"},
		"OrderedDict of arguments":    {"\x80\x02ccollections\nOrderedDict\nN\x85R.", "REDUCE: operand 2 has the wrong kind"},
		"dtype of nothing":            {"\x80\x02cnumpy\ndtype\n)R.", "REDUCE: operand 2 has the wrong kind"},
		"dtype of a number":           {"\x80\x02cnumpy\ndtype\nK\x08\x85R.", "numpy.dtype: the name is missing"},
		"scalar of too little":        {"\x80\x02cnumpy.core.multiarray\nscalar\nN\x85R.", "a numpy scalar"},
		"state of a dictionary":       {"\x80\x02})b.", "byte 4: BUILD: operand 1 has the wrong kind"},

		// The check accepts these. They fail when they run.
		"key that is bytes":    {"\x80\x03ccollections\nOrderedDict\n)RC\x01aNs.", "unhashable"},
		"set of bytes":         {"\x80\x04\x8f(C\x01a\x90.", "unhashable"},
		"big-endian dtype":     {"\x80\x02cnumpy\ndtype\nX\x02\x00\x00\x00f8\x85RK\x03X\x01\x00\x00\x00>\x86b.", "must be little-endian"},
		"dtype that is a list": {"\x80\x02cnumpy\ndtype\nX\x02\x00\x00\x00f8\x85RK\x03]\x86b.", "must be little-endian"},
		"scalar of no type":    {"\x80\x03cnumpy.core.multiarray\nscalar\nNC\x0812345678\x86R.", "a numpy scalar"},
		"scalar too short":     {"\x80\x03cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\x00\x00\x00f8\x85RC\x071234567\x86R.", "a numpy scalar"},
		"scalar of objects":    {"\x80\x03cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\x01\x00\x00\x00O\x85RC\x0812345678\x86R.", "a numpy scalar"},
		"encode to UTF-8":      {"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x05\x00\x00\x00utf-8\x86R.", "the encoding must be latin1"},
		"encode of a number":   {"\x80\x02c_codecs\nencode\nK\x01X\x06\x00\x00\x00latin1\x86R.", "the argument must be a string"},
		"encode of more":       {"\x80\x02c_codecs\nencode\nX\x03\x00\x00\x00€X\x06\x00\x00\x00latin1\x86R.", "only latin1 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			allocated := allocates(func() {
				_, err := pickle.Loads([]byte(bad.pickle), limits)
				assert.ErrorContains(t, err, bad.message)
			})
			assert.Less(t, allocated, uint64(16<<20))
		})
	}
}

// allocates returns the number of bytes that a function allocates.
func allocates(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestTruncatedPickles(t *testing.T) {
	for name, data := range plain(t) {
		for n := range data {
			_, err := pickle.Loads(data[:n], limits)
			require.Error(t, err, "%s, %d bytes of it", name, n)
		}
	}
}

// Not every flipped bit can be detected, but none may do harm.
func TestFlippedBits(t *testing.T) {
	for name, data := range plain(t) {
		wrong := 0
		for bit := range 8 * len(data) {
			flipped := bytes.Clone(data)
			flipped[bit/8] ^= 1 << (bit % 8)
			allocated := allocates(func() {
				if _, err := pickle.Loads(flipped, limits); err != nil {
					wrong++
				}
			})
			require.Less(t, allocated, uint64(1<<20), "%s, bit %d", name, bit)
		}
		assert.Greater(t, wrong, len(data), name)
	}
}

func TestTooLong(t *testing.T) {
	data := plain(t)["plain2.pickle"]
	size := int64(len(data))
	_, err := pickle.Loads(data, pickle.Limits{Size: size, Memory: 1 << 20})
	require.NoError(t, err)
	_, err = pickle.Loads(data, pickle.Limits{Size: size - 1, Memory: 1 << 20})
	assert.ErrorContains(t, err, "more than 863 bytes")
	_, err = pickle.Loads(data, pickle.Limits{Size: size, Memory: 1 << 10})
	assert.ErrorContains(t, err, "STOP: needs about")
}

func TestKeysOfPartsAreNamed(t *testing.T) {
	for _, file := range []string{
		"\x80\x04}(\x8c\x05split}(K\x01N)Nuu.",
		"\x80\x04}(\x8c\x05split})Nsu.",
	} {
		_, err := pickle.Load(opener([]byte(file)), pickle.Options{Limits: limits, Split: "split"})
		assert.ErrorContains(t, err, `the keys of "split" must be strings or numbers`)
	}
}

// What values of the split dictionary leave behind is limited too.
func TestTooMuchShared(t *testing.T) {
	var b strings.Builder
	b.WriteString("\x80\x04}(\x8c\x05split}(")
	for i := range 200 {
		b.WriteString("K" + string([]byte{byte(i)}) + "]\x94(" + many(100, "]") + "e")
	}
	b.WriteString("u\x8c\x04tail](")
	for i := range 200 {
		b.WriteString("h" + string([]byte{byte(i)}))
	}
	b.WriteString("eu.")
	load := func(memory int64) error {
		_, err := pickle.Load(opener([]byte(b.String())), pickle.Options{
			Limits: pickle.Limits{Size: 1 << 20, Memory: memory},
			Split:  "split",
			Each:   func(any, any) (any, error) { return nil, nil },
		})
		return err
	}
	assert.NoError(t, load(1<<23))
	assert.ErrorContains(t, load(1<<22), `the values of "split" share more than about`)
	assert.ErrorContains(t, load(1<<14), `a value of "split" needs about`)
}
