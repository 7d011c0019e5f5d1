package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// parseHeader reads the header one tensor at a time: decoded as a whole, it may take dozens of times its length in memory.
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
		return nil, errors.New("something follows the list of tensors")
	}
	return f, nil
}

// eachField reads an object, and calls read for each of its fields. Read must read the field's value.
func eachField(d *json.Decoder, read func(name string) error) error {
	if t, err := d.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return fmt.Errorf("%v is not an object", t)
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string) // Token returns no other names
		if err := read(name); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	_, err := d.Token()
	return err
}

// readEntry reads what the header says of a tensor.
func readEntry(d *json.Decoder) (e entry, err error) {
	var text json.RawMessage
	if err := d.Decode(&text); err != nil {
		return e, err
	}
	if len(text) > maxEntry {
		return e, fmt.Errorf("it is described in %d bytes, but at most %d are read", len(text), maxEntry)
	}
	return e, json.Unmarshal(text, &e)
}

// readMetadata reads an object of texts.
func readMetadata(d *json.Decoder) (map[string]string, error) {
	meta := map[string]string{}
	return meta, eachField(d, func(name string) error {
		t, err := d.Token()
		if err != nil {
			return err
		}
		text, ok := t.(string)
		if !ok {
			return fmt.Errorf("%v is not a text", t)
		}
		if len(meta) == maxTensors {
			return fmt.Errorf("more than %d values", maxTensors)
		}
		meta[name] = text
		return nil
	})
}
