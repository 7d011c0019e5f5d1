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
	// drain is how long the output of a process is still read after the process has ended, because a descendant that cannot
	// be killed may keep it open.
	drain = time.Second
	// patience is how long kill waits for a process to end: the kernel may not let go of one that is in a driver.
	patience = 2*drain + time.Second
)

// process is a running program.
type process struct {
	cmd      *exec.Cmd
	stdin    *os.File
	stdout   tail // what it writes to standard output, without replies
	stderr   tail
	unended  unended       // the line of standard output that has no end yet
	silent   chan struct{} // closed when standard output has ended
	exited   chan struct{} // closed when the process itself has ended
	gone     chan struct{} // closed when its output has ended, too
	forsake  func()        // makes the rest of its output be discarded
	forsaken chan struct{}

	strict   bool
	log      *slog.Logger
	answered map[string]bool // the ids of requests that it has answered; for the caller of ask only
	current
}

// start starts the program. The error is a startError.
func start(c Config) (*process, error) {
	p := &process{
		cmd:      exec.Command(c.Command[0], c.Command[1:]...),
		silent:   make(chan struct{}),
		exited:   make(chan struct{}),
		gone:     make(chan struct{}),
		forsaken: make(chan struct{}),
		strict:   c.Strict,
		answered: map[string]bool{},
		current:  current{first: make(chan struct{})},
	}
	p.forsake = sync.OnceFunc(func() { close(p.forsaken) })
	p.cmd.Dir, p.cmd.Env, p.cmd.SysProcAttr = c.Dir, c.Env, attributes()

	// Pipes of our own, because those of exec.Cmd are closed when the process ends, even if they have not been read.
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

// run starts the process and stays with it until its output has ended. It keeps its thread to itself, because Linux kills
// the process when the thread that started it ends.
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
	if p.stdin.SetWriteDeadline(time.Now()) != nil { // ends a write to a process that is gone, and leaves open what ignored asks
		p.stdin.Close()
	}
	close(p.exited)
	for _, output := range []*os.File{stdout, stderr} {
		_ = output.SetReadDeadline(time.Now().Add(drain)) // on systems without deadlines, reading may go on
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
	p.forsake()
	if !p.hasExited() { // otherwise its number may be another's by now
		killGroup(p.cmd.Process)
	}
	p.stdin.Close()
	p.wait()
}

// end ends the process by closing its standard input, or kills it.
func (p *process) end(grace time.Duration) error {
	p.forsake()
	p.stdin.Close()
	select {
	case <-p.exited:
		p.wait()
		return nil
	case <-time.After(grace):
		p.kill()
		return p.failed(fmt.Errorf("killed: it did not end within %v after its standard input was closed", grace))
	}
}

// failed returns an error with what the process has written.
func (p *process) failed(err error) *Error {
	return &Error{Program: named(p.cmd.Args), Err: err, Stdout: p.stdout.text(), Stderr: p.stderr.text()}
}

// wait returns when nothing of the process is left, or if it takes so long that it may never be.
func (p *process) wait() {
	select {
	case <-p.gone:
	case <-time.After(patience):
	}
}

// quiet is how long a process may be silent before that is logged.
const quiet = time.Minute

// remark logs it if the process stays silent, until stop is called.
func (p *process) remark() (stop func() bool) {
	return time.AfterFunc(quiet, func() {
		if _, written := p.unended.text(); !written {
			p.log.Warn("the program has not written anything to its standard output yet: does it flush its replies?", "after", quiet)
		}
	}).Stop
}

// late completes the error of a process that has taken too long by why that may be.
func (p *process) late(err error) error {
	switch text, written := p.unended.text(); {
	case strings.HasPrefix(text, "{"):
		return fmt.Errorf("%w; it wrote a reply without a newline: %s", err, text)
	case !written:
		return fmt.Errorf("%w; it wrote nothing to its standard output: does it flush its replies? (in Python, print(reply, flush=True))", err)
	}
	return err
}
