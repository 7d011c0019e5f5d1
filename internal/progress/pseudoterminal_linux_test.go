package progress

import (
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// pseudoterminal opens a pseudoterminal. What is written to the second file can be read from the
// first.
func pseudoterminal(t *testing.T) (reader, writer *os.File) {
	t.Helper()
	reader, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { reader.Close() })
	number, err := unix.IoctlGetInt(int(reader.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(int(reader.Fd()), unix.TIOCSPTLCK, 0))
	writer, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	require.NoError(t, unix.IoctlSetWinsize(int(writer.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}))
	return reader, writer
}

func TestBarsOnATerminal(t *testing.T) {
	reader, writer := pseudoterminal(t)
	shown := make(chan string)
	go func() {
		text, _ := io.ReadAll(reader) // returns an error when the writer is closed
		shown <- string(text)
	}()
	d := New(writer)
	assert.True(t, d.Draws())
	use(d)
	require.NoError(t, writer.Close())
	text := <-shown
	assert.Contains(t, text, "10 / 10 pieces")
	assert.Contains(t, text, "below")
	for i := range 10 {
		assert.Contains(t, text, fmt.Sprintf("line %d\r\n", i))
	}
}
