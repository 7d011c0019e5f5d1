package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The live page shows workers and the queue while the search runs, and a file keeps it.
func TestLivePage(t *testing.T) {
	o := formula(t, "go-1")
	o.evals, o.live, o.report = 4, ":0", filepath.Join(t.TempDir(), "report.html")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	pages := map[string]string{}
	out := &watched{line: "accuracy", n: 2}
	out.then = func() {
		url := regexp.MustCompile(`live page: (http://\S+)`).FindStringSubmatch(out.String())
		require.NotEmpty(t, url)
		for _, path := range []string{"", "metrics"} {
			answer, err := client.Get(url[1] + path)
			require.NoError(t, err)
			text, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			answer.Body.Close()
			pages[path] = string(text)
		}
	}
	require.NoError(t, run(until(t), o, out))
	assert.Contains(t, pages[""], `"objective":"validation accuracy"`)
	// The worker does not wait for the page, so it may have answered more than the two that were printed.
	assert.Regexp(t, `graphpnas_worker_answers_total\{search="Fashion-MNIST",worker="go-1",outcome="succeeded"\} [234]\n`, pages["metrics"])
	assert.Contains(t, pages["metrics"], "graphpnas_queue_waiting")
	page, err := os.ReadFile(o.report)
	require.NoError(t, err)
	assert.Contains(t, string(page), `"stop":"budget"`)
}
