package progress

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func below(w io.Writer) error {
	_, err := fmt.Fprintln(w, "below")
	return err
}

func use(d *Display) {
	kept := d.Bar(Options{Name: "kept", Total: 10, Unit: "pieces", Times: true, Below: below})
	passing := d.Bar(Options{Total: 10, Transient: true})
	var lines sync.WaitGroup
	for i := range 10 {
		lines.Go(func() {
			fmt.Fprintf(d, "line %d\n", i)
			kept.Note(fmt.Sprintf("best %d", i))
			kept.Add(1)
			passing.Set(i + 1)
		})
	}
	lines.Wait()
	passing.End()
	passing.End()
	d.Bar(Options{Total: 10}) // ended by Close
	d.Close()
	d.Close()
	fmt.Fprintln(d, "afterwards")
}

func TestNothingButLinesWithoutATerminal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines")
	file, err := os.Create(path)
	require.NoError(t, err)
	d := New(file)
	assert.False(t, d.Draws())
	use(d)
	fmt.Fprintln(d.Above(file), "above")
	require.NoError(t, file.Close())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, 12, strings.Count(string(text), "\n"))
	for i := range 10 {
		assert.Contains(t, string(text), fmt.Sprintf("line %d\n", i))
	}
	assert.True(t, strings.HasSuffix(string(text), "afterwards\nabove\n"))
}

// on returns a display that draws on a test terminal.
func on(t *terminal) *Display { return &Display{out: t, screen: &screen{out: t, size: t.size}} }

func TestABarIsALineThatIsDrawnInPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := newTerminal(90)
		d := on(screen)
		bar := d.Bar(Options{Name: "ranked seed 1", Total: 100, Unit: "evaluations", Times: true})
		look := func() []string {
			time.Sleep(refresh) // in the time of the bubble
			synctest.Wait()
			return screen.lines()
		}
		assert.Equal(t, []string{"ranked seed 1  0 / 100 evaluations  [" + strings.Repeat("-", 40) + "]  0s"}, look())
		time.Sleep(10*time.Second - 2*refresh)
		bar.Add(25)
		bar.Note("best 84.892")
		assert.Equal(t, []string{"ranked seed 1  25 / 100 evaluations  [===>------------]  best 84.892  10s, about 30s left"}, look())
		fmt.Fprintln(d, "a line")
		fmt.Fprintln(d.Above(screen), "a result")
		bar.Name("ranked seed 2")
		bar.Set(26)
		assert.Equal(t, []string{
			"a line", "a result",
			"ranked seed 2  26 / 100 evaluations  [===>------------]  best 84.892  10s, about 29s left",
		}, look())
		time.Sleep(20 * time.Second)
		bar.Add(1000)
		bar.Add(1)
		time.Sleep(time.Minute)
		d.Close()
		fmt.Fprintln(d, "afterwards")
		assert.Equal(t, []string{
			"a line", "a result",
			"ranked seed 2  100 / 100 evaluations  [===============================]  best 84.892  30s",
			"afterwards",
		}, screen.lines())
		assert.Empty(t, screen.unexpected)
	})
}

func TestWhatDoesNotFitIsLeftOut(t *testing.T) {
	begun := time.Now()
	bar := Bar{options: Options{Name: "seed 1", Total: 200, Unit: "cells", Times: true}, begun: begun, done: 50, note: "best 0.5"}
	for width, want := range map[int]string{
		200: "seed 1  50 / 200 cells  [=========>------------------------------]  best 0.5  1m0s, about 3m0s left",
		69:  "seed 1  50 / 200 cells  [=>--------]  best 0.5  1m0s, about 3m0s left",
		68:  "seed 1  50 / 200 cells  best 0.5  1m0s, about 3m0s left",
		54:  "seed 1  50 / 200 cells  best 0.5",
	} {
		assert.Equal(t, want, bar.line(begun.Add(time.Minute), width), width)
	}
	for _, c := range []struct {
		options Options
		want    string
	}{
		{Options{Total: 200}, " 25 %  [=>--------]"},
		{Options{Name: "training", Total: 200}, "training   25 %  [=>--------]"},
		{Options{Unit: "cells"}, "50 cells"},
		{Options{Name: "reading"}, "reading"},
	} {
		bar := Bar{options: c.options, done: 50}
		assert.Equal(t, c.want, bar.line(begun, runewidth.StringWidth(c.want)))
	}
}

// Whatever is written and however the terminal is resized in the meantime, only the lines and the
// bars that stay remain.
func TestResizing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(4, 120)
		screen := newTerminal(width.Draw(t, "width"))
		d := on(screen)
		want := []string{}
		var bars []*Bar
		for range rapid.IntRange(1, 3).Draw(t, "bars") {
			options := Options{
				Name: rapid.StringMatching(`[a-z]{0,60}`).Draw(t, "name"), Total: 100, Unit: "cells", Times: true,
				Transient: rapid.Bool().Draw(t, "transient"),
			}
			if rapid.Bool().Draw(t, "below") {
				options.Below = below
			}
			bars = append(bars, d.Bar(options))
		}
		t.Repeat(map[string]func(*rapid.T){
			"resize": func(t *rapid.T) { screen.resize(width.Draw(t, "width")) },
			"tell":   func(*rapid.T) { screen.tell() },
			"draw": func(*rapid.T) {
				d.mu.Lock()
				defer d.mu.Unlock()
				d.draw()
			},
			"line": func(t *rapid.T) {
				line := rapid.StringMatching(`[a-z]{1,200}`).Draw(t, "line")
				want = append(want, line)
				fmt.Fprintln(d.Above(screen), line)
			},
			"add": func(t *rapid.T) {
				bar := rapid.SampledFrom(bars).Draw(t, "bar")
				bar.Note(rapid.StringMatching(`[a-z]{0,20}`).Draw(t, "note"))
				bar.Add(rapid.IntRange(0, 30).Draw(t, "n"))
			},
		})
		screen.tell()
		d.Close()
		for _, b := range bars {
			if b.options.Transient {
				continue
			}
			cells := screen.width - 1
			want = append(want, runewidth.Truncate(b.line(time.Now(), cells), cells, "…"))
			if b.options.Below != nil {
				want = append(want, runewidth.Truncate("below", cells, "…"))
			}
		}
		assert.Equal(t, want, screen.lines())
		assert.Empty(t, screen.unexpected)
	})
}
