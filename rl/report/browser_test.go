package report_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// browser is a tab of a browser. It records the console messages of pages.
type browser struct {
	context.Context
	mu         sync.Mutex
	complaints []string
}

// openBrowser starts Chromium. It skips the test if Chromium is not installed.
func openBrowser(t *testing.T) *browser {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox,
		chromedp.WSURLReadTimeout(2*time.Minute))
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	b := &browser{Context: ctx}
	require.NoError(t, chromedp.Do(ctx))
	messages := chromedp.Console(ctx)
	var listening sync.WaitGroup
	listening.Go(func() {
		for m, err := range messages {
			if err != nil {
				return // the browser is closed
			}
			b.mu.Lock()
			b.complaints = append(b.complaints, fmt.Sprintf("%s: %s", m.Type, m.Text))
			b.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the browser has ended
		cancel()
		listening.Wait()
	})
	return b
}

// chromium returns the path of the browser.
func chromium(t *testing.T) string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("chromium is not in PATH")
	return ""
}

// do runs actions in the tab.
func (b *browser) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b, time.Minute) // a broken page takes all of it
	defer cancel()
	require.NoError(t, chromedp.Do(ctx, actions...))
}

// eval returns the value of a JavaScript expression.
func eval[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	value, err := chromedp.Run(b, chromedp.Evaluate[T](expression))
	require.NoError(t, err, expression)
	return value
}

// until waits until a JavaScript expression is true.
func (b *browser) until(t *testing.T, expression string) {
	t.Helper()
	b.do(t, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(time.Minute)))
}

// leave closes the page, so that it no longer listens to its server.
func (b *browser) leave(t *testing.T) {
	t.Helper()
	blank, _ := file(t, func(w *bytes.Buffer) error {
		_, err := w.WriteString("<!doctype html><title>blank</title><link rel=icon href=data:,>")
		return err
	})
	b.do(t, chromedp.Navigate(blank))
}

// quiet checks that pages have written nothing to the console.
func (b *browser) quiet(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	assert.Empty(t, b.complaints)
}

// file writes a page and returns its address.
func file(t *testing.T, write func(*bytes.Buffer) error) (address string, size int) {
	var text bytes.Buffer
	require.NoError(t, write(&text))
	path := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(path, text.Bytes(), 0o644))
	return "file://" + path, text.Len()
}

var (
	screens = flag.String("screens", "", "`directory` for screenshots to look at")
	other   = flag.String("page", "", "`address` of another page to take screenshots of, such as the page of a running program")
)

// TestScreens takes screenshots if the flag -screens is set.
func TestScreens(t *testing.T) {
	if *screens == "" {
		t.Skip("-screens is not set")
	}
	b := openBrowser(t)
	all := pages(t)
	var evaluate func(trials, underWay int)
	all["live"], evaluate = running(t)
	evaluate(45, 3)
	if *other != "" {
		all = map[string]string{"other": *other}
	}
	for name, address := range all {
		for _, width := range []int64{1280, 390} {
			for _, theme := range []string{"light", "dark"} {
				b.do(t, chromedp.EmulateViewport(width, 900), chromedp.Navigate(address),
					chromedp.Evaluate[chromedp.Void](`document.documentElement.dataset.theme = "`+theme+`"; refresh()`))
				b.do(t, chromedp.Evaluate[chromedp.Void](`for (const i of document.images) i.loading = "eager"`))
				b.until(t, `[...document.images].every((i) => i.complete && i.naturalWidth > 0)`)
				picture, err := chromedp.Run(b, chromedp.FullScreenshot(100))
				require.NoError(t, err)
				path := filepath.Join(*screens, fmt.Sprintf("%s-%s-%d.png", name, theme, width))
				require.NoError(t, os.WriteFile(path, picture, 0o644))
			}
		}
	}
	b.quiet(t)
}
