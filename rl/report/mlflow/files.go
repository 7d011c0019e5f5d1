package mlflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

// file writes a file of the run.
func (r *run) file(name string, text []byte) error {
	path := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o666)
}

func (r *run) writeMetrics() error {
	var all error
	for name, text := range r.metrics {
		all = errors.Join(all, r.file("metrics/"+name, text.Bytes()))
	}
	return all
}

// mostOfParameter is the maximum length of a parameter in MLflow, in bytes.
const mostOfParameter = 500

// writeParams writes parameters and tags.
func (r *run) writeParams() error {
	h := r.history
	files := map[string]string{
		"params/space": h.Space, "params/seed": strconv.FormatUint(h.Seed, 10), "params/evaluations": strconv.Itoa(len(h.Evaluations)),
		"params/failures": strconv.Itoa(len(h.Failures())), "params/stopped": strconv.Itoa(len(h.Stopped())), "params/stop": string(h.Stop),
		"tags/mlflow.runName": r.Run, "tags/mlflow.source.name": "graphpnas", "tags/mlflow.source.type": "LOCAL",
	}
	if best, ok := h.Best(); ok {
		text := searchspace.Text(r.space, best.Arch)
		if len(text) > mostOfParameter {
			text = strings.ToValidUTF8(text[:mostOfParameter-len("…")], "") + "…"
		}
		files["params/best"] = text
	}
	var all error
	for name, text := range files {
		all = errors.Join(all, r.file(name, []byte(text)))
	}
	return all
}

// writeArtifacts writes the page and the history.
func (r *run) writeArtifacts() error {
	var page, history bytes.Buffer
	o := r.Report
	if o.Name == "" {
		o.Name = r.Run
	}
	if err := errors.Join(report.Write(&page, r.space, r.history, o), r.history.WriteJSONL(&history)); err != nil {
		return err
	}
	return errors.Join(r.file("artifacts/report.html", page.Bytes()), r.file("artifacts/history.jsonl", history.Bytes()))
}

// yaml formats pairs of a key and a value as YAML, one per line. Values are encoded in JSON, which is valid YAML.
func yaml(pairs ...any) []byte {
	var text bytes.Buffer
	for i := 0; i < len(pairs); i += 2 {
		value, err := json.Marshal(pairs[i+1])
		if err != nil {
			panic(err) // strings and numbers can always be encoded
		}
		fmt.Fprintf(&text, "%s: %s\n", pairs[i], value)
	}
	return text.Bytes()
}
