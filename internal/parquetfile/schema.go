package parquetfile

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// field is a column of the table as described by the file's schema.
type field struct {
	name    string
	leaf    int    // index of its chunk in every row group
	kind    kind   // how to decode its values
	skipped string // why it is skipped, or ""
}

// kind describes the values of a column.
type kind struct {
	physical format.Type
	size     int                           // size of a value in bytes, 0 if it varies
	number   func([]byte) (float64, error) // decodes a value; nil for text
	optional bool                          // values may be null
	allNull  bool                          // there are no values, and the physical type is a guess
}

// readSchema lists the columns. It skips text columns that are not wanted and columns that contain
// neither text nor numbers.
func (r *reader) readSchema(wanted func(name string) bool) error {
	schema := r.meta.Schema
	if len(schema) == 0 {
		return errors.New("the footer has no schema")
	}
	leaves := 0
	for i := 1; i < len(schema); {
		e := &schema[i]
		f := field{name: e.Name, leaf: leaves}
		next, n, err := skipElement(schema, i)
		if err != nil {
			return err
		}
		i, leaves = next, leaves+n
		var holds string
		if f.kind, holds = kindOf(e); holds != "" {
			f.skipped = "it contains " + holds
		} else if f.kind.number == nil && wanted != nil && !wanted(f.name) {
			f.skipped = "it contains " + bytesHold(e)
		}
		r.fields = append(r.fields, f)
	}
	return r.checkGroups(leaves)
}

// skipElement returns the index of the schema element after element i and its descendants, and the
// number of leaves among these.
func skipElement(schema []format.SchemaElement, i int) (next, leaves int, err error) {
	for pending := int64(1); pending > 0; pending-- {
		if i == len(schema) {
			return 0, 0, errors.New("the schema is not complete")
		}
		if e := &schema[i]; e.Type.Valid {
			leaves++
		} else if e.NumChildren.V < 0 {
			return 0, 0, fmt.Errorf("column %q has %d fields", e.Name, e.NumChildren.V)
		} else {
			pending += int64(e.NumChildren.V)
		}
		i++
	}
	return i, leaves, nil
}

// checkGroups returns an error if a row group does not have the columns of the schema.
func (r *reader) checkGroups(leaves int) error {
	for i, g := range r.meta.RowGroups {
		if len(g.Columns) != leaves {
			return fmt.Errorf("row group %d has %d columns, but the schema has %d", i+1, len(g.Columns), leaves)
		}
		for _, f := range r.fields {
			if f.skipped != "" {
				continue
			}
			if m := &g.Columns[f.leaf].MetaData; m.Type != f.kind.physical {
				return fmt.Errorf("column %q is of type %v, but in row group %d of type %v", f.name, f.kind.physical, i+1, m.Type)
			}
		}
	}
	return nil
}

// kindOf returns how to decode the values of a column, or otherwise what the column contains.
func kindOf(e *format.SchemaElement) (k kind, holds string) {
	if !e.Type.Valid {
		return kind{}, groupHolds(e)
	}
	if e.RepetitionType.V == format.Repeated {
		return kind{}, "lists"
	}
	k = kind{physical: e.Type.V, optional: e.RepetitionType.V == format.Optional}
	if _, ok := e.LogicalType.Value.(*format.NullType); ok && k.optional {
		k.allNull = true
		k.number = func([]byte) (float64, error) { return 0, errors.New("a value in a column of nulls") }
		return k, ""
	}
	if scale, ok := decimalScale(e); ok {
		return decimalKind(k, e, scale)
	}
	switch k.physical {
	case format.Boolean:
		return kind{}, "Booleans"
	case format.Int96:
		return kind{}, "timestamps"
	case format.Float:
		k.size, k.number = 4, float32Number
	case format.Double:
		k.size, k.number = 8, float64Number
	case format.Int32, format.Int64:
		return integerKind(k, e)
	case format.ByteArray:
		if holds := bytesHold(e); holds != "text" && holds != "byte strings" {
			return kind{}, holds
		}
	case format.FixedLenByteArray:
		return fixedKind(k, e)
	default:
		return kind{}, fmt.Sprintf("values of unknown type %d", k.physical)
	}
	return k, ""
}

// groupHolds returns a name for the values of a nested column.
func groupHolds(e *format.SchemaElement) string {
	switch e.LogicalType.Value.(type) {
	case *format.ListType:
		return "lists"
	case *format.MapType:
		return "maps"
	case *format.VariantType:
		return "variants"
	}
	switch e.ConvertedType.V {
	case deprecated.List:
		return "lists"
	case deprecated.Map, deprecated.MapKeyValue:
		return "maps"
	}
	if e.RepetitionType.V == format.Repeated {
		return "lists"
	}
	return "structs"
}

// integerKind completes the kind of an integer column, whose values may be points in time.
func integerKind(k kind, e *format.SchemaElement) (kind, string) {
	signed := true
	switch t := e.LogicalType.Value.(type) {
	case *format.DateType:
		return kind{}, "dates"
	case *format.TimeType:
		return kind{}, "times"
	case *format.TimestampType:
		return kind{}, "timestamps"
	case *format.IntType:
		signed = t.IsSigned
	case nil:
		if converted, ok := e.ConvertedType.Get(); ok {
			switch {
			case converted == deprecated.Date:
				return kind{}, "dates"
			case converted == deprecated.TimeMillis || converted == deprecated.TimeMicros:
				return kind{}, "times"
			case converted == deprecated.TimestampMillis || converted == deprecated.TimestampMicros:
				return kind{}, "timestamps"
			}
			signed = converted < deprecated.Uint8 || converted > deprecated.Uint64
		}
	}
	switch {
	case k.physical == format.Int32 && signed:
		k.size, k.number = 4, int32Number
	case k.physical == format.Int32:
		k.size, k.number = 4, uint32Number
	case signed:
		k.size, k.number = 8, int64Number
	default:
		k.size, k.number = 8, uint64Number
	}
	return k, ""
}

// bytesHold returns a name for the values of a column of byte strings, which are text unless the
// schema says otherwise.
func bytesHold(e *format.SchemaElement) string {
	switch e.LogicalType.Value.(type) {
	case *format.StringType, *format.EnumType, *format.JsonType:
		return "text"
	case *format.BsonType:
		return "BSON"
	case *format.GeometryType, *format.GeographyType:
		return "geometries"
	}
	switch converted, ok := e.ConvertedType.Get(); {
	case !ok:
		return "byte strings"
	case converted == deprecated.Bson:
		return "BSON"
	}
	return "text"
}

// fixedKind completes the kind of a column of fixed-length byte strings.
func fixedKind(k kind, e *format.SchemaElement) (kind, string) {
	switch e.LogicalType.Value.(type) {
	case *format.Float16Type:
		if e.TypeLength.V != 2 {
			return kind{}, fmt.Sprintf("16-bit numbers of %d bytes", e.TypeLength.V)
		}
		k.size, k.number = 2, float16Number
		return k, ""
	case *format.UUIDType:
		return kind{}, "UUIDs"
	}
	if e.ConvertedType.Valid && e.ConvertedType.V == deprecated.Interval {
		return kind{}, "intervals"
	}
	return kind{}, "byte strings"
}

// decimalScale returns the number of decimals of a column. ok is false if it does not contain
// decimal numbers.
func decimalScale(e *format.SchemaElement) (scale int32, ok bool) {
	if t, ok := e.LogicalType.Value.(*format.DecimalType); ok {
		return t.Scale, true
	}
	return e.Scale.V, e.LogicalType.Value == nil && e.ConvertedType.Valid && e.ConvertedType.V == deprecated.Decimal
}

// maxDecimal is the largest number of bytes, and of decimals, of a decimal number. Arrow's largest
// has 32 bytes.
const maxDecimal = 100

// decimalKind completes the kind of a column of decimal numbers.
func decimalKind(k kind, e *format.SchemaElement, scale int32) (kind, string) {
	if scale < 0 || scale > maxDecimal {
		return kind{}, fmt.Sprintf("numbers with %d decimals", scale)
	}
	switch k.physical {
	case format.Int32:
		k.size = 4
	case format.Int64:
		k.size = 8
	case format.FixedLenByteArray:
		if k.size = int(e.TypeLength.V); k.size < 1 || k.size > maxDecimal {
			return kind{}, fmt.Sprintf("decimal numbers of %d bytes", k.size)
		}
	case format.ByteArray:
	default:
		return kind{}, fmt.Sprintf("decimal numbers of type %v", k.physical)
	}
	k.number = decimalNumber(k.physical, int(scale))
	return k, ""
}
