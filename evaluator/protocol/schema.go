package protocol

import _ "embed" // the schema is a separate file so that other languages can use it

//go:embed schema.json
var schema string

// Schema returns the JSON Schema (draft 2020-12) of the messages. Its definitions "request" and "reply" describe [Request] and
// [Reply].
func Schema() string { return schema }
