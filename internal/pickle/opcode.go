package pickle

// The opcodes that Python writes for plain data in protocols 2 to 5. Others are not supported.
const (
	opMark             = '('
	opStop             = '.'
	opNone             = 'N'
	opTrue             = '\x88'
	opFalse            = '\x89'
	opInt              = 'J'
	opInt1             = 'K'
	opInt2             = 'M'
	opLong1            = '\x8a'
	opFloat            = 'G'
	opUnicode          = 'X'
	opShortUnicode     = '\x8c'
	opBytes            = 'B'
	opShortBytes       = 'C'
	opEmptyDict        = '}'
	opEmptyList        = ']'
	opEmptySet         = '\x8f'
	opEmptyTuple       = ')'
	opTuple            = 't'
	opTuple1           = '\x85'
	opTuple2           = '\x86'
	opTuple3           = '\x87'
	opAppend           = 'a'
	opAppends          = 'e'
	opSetItem          = 's'
	opSetItems         = 'u'
	opAddItems         = '\x90'
	opGlobal           = 'c'
	opStackGlobal      = '\x93'
	opReduce           = 'R'
	opBuild            = 'b'
	opPut              = 'q'
	opLongPut          = 'r'
	opMemoize          = '\x94'
	opGet              = 'h'
	opLongGet          = 'j'
	opProto            = '\x80'
	opFrame            = '\x95'
	opDup              = '2' // only in the rewritten pickle
	opPersistentObject = 'Q' // only in the rewritten pickle
)

// opcode describes how to read an opcode and the memory to run it.
type opcode struct {
	name    string
	fixed   int  // length of its argument
	counted int  // or length of its argument's length
	lines   bool // or whether its argument is two lines
	memory  int  // estimate of the bytes that gopickle allocates for it, without a counted argument
}

const (
	scalarMemory    = 64
	containerMemory = 320
)

// opcodes lists the supported opcodes; the others have no name.
var opcodes = [256]opcode{
	opMark:         {name: "MARK", memory: containerMemory},
	opStop:         {name: "STOP"},
	opNone:         {name: "NONE", memory: scalarMemory},
	opTrue:         {name: "NEWTRUE", memory: scalarMemory},
	opFalse:        {name: "NEWFALSE", memory: scalarMemory},
	opInt:          {name: "BININT", fixed: 4, memory: scalarMemory},
	opInt1:         {name: "BININT1", fixed: 1, memory: scalarMemory},
	opInt2:         {name: "BININT2", fixed: 2, memory: scalarMemory},
	opLong1:        {name: "LONG1", counted: 1, memory: scalarMemory},
	opFloat:        {name: "BINFLOAT", fixed: 8, memory: scalarMemory},
	opUnicode:      {name: "BINUNICODE", counted: 4, memory: scalarMemory},
	opShortUnicode: {name: "SHORT_BINUNICODE", counted: 1, memory: scalarMemory},
	opBytes:        {name: "BINBYTES", counted: 4, memory: scalarMemory},
	opShortBytes:   {name: "SHORT_BINBYTES", counted: 1, memory: scalarMemory},
	opEmptyDict:    {name: "EMPTY_DICT", memory: containerMemory},
	opEmptyList:    {name: "EMPTY_LIST", memory: containerMemory},
	opEmptySet:     {name: "EMPTY_SET", memory: containerMemory},
	opEmptyTuple:   {name: "EMPTY_TUPLE", memory: containerMemory},
	opTuple:        {name: "TUPLE", memory: containerMemory},
	opTuple1:       {name: "TUPLE1", memory: containerMemory},
	opTuple2:       {name: "TUPLE2", memory: containerMemory},
	opTuple3:       {name: "TUPLE3", memory: containerMemory},
	opAppend:       {name: "APPEND", memory: scalarMemory},
	opAppends:      {name: "APPENDS", memory: scalarMemory},
	opSetItem:      {name: "SETITEM", memory: scalarMemory},
	opSetItems:     {name: "SETITEMS", memory: scalarMemory},
	opAddItems:     {name: "ADDITEMS", memory: scalarMemory},
	opGlobal:       {name: "GLOBAL", lines: true, memory: containerMemory},
	opStackGlobal:  {name: "STACK_GLOBAL", memory: containerMemory},
	opReduce:       {name: "REDUCE", memory: 2 * containerMemory},
	opBuild:        {name: "BUILD", memory: scalarMemory},
	opPut:          {name: "BINPUT", fixed: 1, memory: scalarMemory},
	opLongPut:      {name: "LONG_BINPUT", fixed: 4, memory: scalarMemory},
	opMemoize:      {name: "MEMOIZE", memory: scalarMemory},
	opGet:          {name: "BINGET", fixed: 1, memory: scalarMemory},
	opLongGet:      {name: "LONG_BINGET", fixed: 4, memory: scalarMemory},
	opProto:        {name: "PROTO", fixed: 1},
	opFrame:        {name: "FRAME", fixed: 8},
}
