package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// parseHeader reads the header one tensor at a time, because decoding it as a whole may use dozens
// of times its length in memory.
func parseHeader(text []byte) (*File, error) {
	f := &File{header: map[string]entry{}}
	d := json.NewDecoder(bytes.NewReader(text))
	err := eachField(d, func(name string) (err error) {
		if name == metadata {
			f.Meta, err = readMetadata(d)
			return err
		}
		if len(f.header) == maxTensors {
			return fmt.Errorf("more than %d tensors", maxTensors)
		}
		f.header[name], err = readEntry(d)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there must be nothing after the list of tensors")
	}
	return f, nil
}

// eachField reads an object and calls read for each of its fields. read must consume the field's
// value.
func eachField(d *json.Decoder, read func(name string) error) error {
	if t, err := d.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return fmt.Errorf("expected an object, got %v", t)
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string) // names are always strings
		if err := read(name); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	_, err := d.Token()
	return err
}

// readEntry reads the header's entry of a tensor.
func readEntry(d *json.Decoder) (e entry, err error) {
	var text json.RawMessage
	if err := d.Decode(&text); err != nil {
		return e, err
	}
	if len(text) > maxEntry {
		return e, fmt.Errorf("its description must have at most %d bytes, got %d", maxEntry, len(text))
	}
	return e, json.Unmarshal(text, &e)
}

// readMetadata reads an object with string values.
func readMetadata(d *json.Decoder) (map[string]string, error) {
	meta := map[string]string{}
	return meta, eachField(d, func(name string) error {
		t, err := d.Token()
		if err != nil {
			return err
		}
		text, ok := t.(string)
		if !ok {
			return fmt.Errorf("expected a string, got %v", t)
		}
		if len(meta) == maxTensors {
			return fmt.Errorf("more than %d values", maxTensors)
		}
		meta[name] = text
		return nil
	})
}
