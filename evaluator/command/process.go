package command

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

const (
	// drain is how long the output of a process is read after the process has exited. Reading is limited because a descendant
	// that cannot be killed may keep the output open.
	drain = time.Second
	// patience is how long kill waits for a process to end. The kernel may be unable to end one that is blocked in a driver.
	patience = 2*drain + time.Second
)

// process is a running program.
type process struct {
	cmd       *exec.Cmd
	stdin     *os.File
	stdout    tail // the end of standard output, without replies
	stderr    tail
	unended   unended       // the last line of standard output, as long as it has no newline
	silent    chan struct{} // closed when standard output has ended
	exited    chan struct{} // closed when the process itself has exited
	gone      chan struct{} // closed when the process has exited and its output has ended
	discard   func()        // discards the rest of the output
	discarded chan struct{}

	strict   bool
	log      *slog.Logger
	answered map[string]bool // the ids of answered requests; used only by the caller of ask
	current
}

// start starts the program. Its errors are classified by startError.
func start(c Config) (*process, error) {
	p := &process{
		cmd:       exec.Command(c.Command[0], c.Command[1:]...),
		silent:    make(chan struct{}),
		exited:    make(chan struct{}),
		gone:      make(chan struct{}),
		discarded: make(chan struct{}),
		strict:    c.Strict,
		answered:  map[string]bool{},
		current:   current{first: make(chan struct{})},
	}
	p.discard = sync.OnceFunc(func() { close(p.discarded) })
	p.cmd.Dir, p.cmd.Env, p.cmd.SysProcAttr = c.Dir, c.Env, attributes()

	// exec.Cmd would close its pipes when the process exits, even if they have not been read.
	stdout, theirStdout, err := os.Pipe()
	if err != nil {
		return nil, startError(err)
	}
	defer theirStdout.Close()
	stderr, theirStderr, err := os.Pipe()
	if err != nil {
		stdout.Close()
		return nil, startError(err)
	}
	defer theirStderr.Close()
	theirStdin, stdin, err := os.Pipe()
	if err != nil {
		stdout.Close()
		stderr.Close()
		return nil, startError(err)
	}
	defer theirStdin.Close()
	p.stdin = stdin
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = theirStdin, theirStdout, theirStderr
	started := make(chan error)
	go p.run(c.Logger, started, stdout, stderr)
	if err := <-started; err != nil {
		return nil, startError(err)
	}
	return p, nil
}

// run starts the process and returns when its output has ended. It locks its thread, because Linux kills the process when the
// thread that started it ends.
func (p *process) run(log *slog.Logger, started chan<- error, stdout, stderr *os.File) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer stdout.Close()
	defer stderr.Close()
	err := p.cmd.Start()
	if err == nil {
		p.log = log.With("program", named(p.cmd.Args), "pid", p.cmd.Process.Pid)
	}
	started <- err
	if err != nil {
		p.stdin.Close()
		return
	}
	var reading sync.WaitGroup
	reading.Go(func() { p.readReplies(stdout) })
	reading.Go(func() { _, _ = io.Copy(&p.stderr, stderr) })

	_ = p.cmd.Wait() // p.cmd.ProcessState has the details
	killGroup(p.cmd.Process)
	if p.stdin.SetWriteDeadline(time.Now()) != nil { // ends a blocked write but keeps the pipe open, because ignored needs it
		p.stdin.Close()
	}
	close(p.exited)
	for _, output := range []*os.File{stdout, stderr} {
		_ = output.SetReadDeadline(time.Now().Add(drain)) // without deadlines, reading may continue
	}
	reading.Wait()
	close(p.gone)
}

func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// kill ends the process and its group at once.
func (p *process) kill() {
	p.discard()
	if !p.hasExited() { // after that, another process may have its number
		killGroup(p.cmd.Process)
	}
	p.stdin.Close()
	p.wait()
}

// end closes the standard input of the process and waits for it to exit. It kills the process after the grace period.
func (p *process) end(grace time.Duration) error {
	p.discard()
	p.stdin.Close()
	select {
	case <-p.exited:
		p.wait()
		return nil
	case <-time.After(grace):
		p.kill()
		return p.failed(fmt.Errorf("killed: it did not exit within %v after its standard input was closed", grace))
	}
}

// failed returns an Error that includes the output of the process.
func (p *process) failed(err error) *Error {
	return &Error{Program: named(p.cmd.Args), Err: err, Stdout: p.stdout.text(), Stderr: p.stderr.text()}
}

// wait waits until the process has exited and its output has ended, but no longer than patience.
func (p *process) wait() {
	select {
	case <-p.gone:
	case <-time.After(patience):
	}
}

// quiet is how long a process may write nothing before that is logged.
const quiet = time.Minute

// remark logs a warning if the process has written nothing after the time quiet. stop cancels it.
func (p *process) remark() (stop func() bool) {
	return time.AfterFunc(quiet, func() {
		if _, written := p.unended.text(); !written {
			p.log.Warn("the program has not written anything to its standard output yet: does it flush its replies?", "after", quiet)
		}
	}).Stop
}

// late adds a likely reason to the error of a process that has timed out.
func (p *process) late(err error) error {
	switch text, written := p.unended.text(); {
	case strings.HasPrefix(text, "{"):
		return fmt.Errorf("%w; it wrote a reply without a newline: %s", err, text)
	case !written:
		return fmt.Errorf("%w; it wrote nothing to its standard output: does it flush its replies? (in Python, print(reply, flush=True))", err)
	}
	return err
}
