package protocol

import _ "embed" // the schema is a file of its own, for programs in other languages

//go:embed schema.json
var schema string

// Schema returns the JSON Schema (draft 2020-12) of the messages. Its definitions "request" and "reply" are those of
// [Request] and [Reply].
func Schema() string { return schema }
