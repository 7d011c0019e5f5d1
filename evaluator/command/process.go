package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

const (
	// drain is how long the output of a process is still read when the process has ended, in case that a descendant out of
	// reach holds it open.
	drain = time.Second
	// patience is how long the end of a killed process is waited for: the kernel may hold one that is in a driver.
	patience = 2*drain + time.Second
)

// process is a running program.
type process struct {
	cmd      *exec.Cmd
	stdin    io.WriteCloser
	stderr   tail
	replies  chan answer   // what it writes to standard output, line by line; closed at the end
	exited   chan struct{} // closed when the process itself has ended
	gone     chan struct{} // closed when its output has ended, too
	forsake  func()        // what it writes from now on is thrown away
	forsaken chan struct{}
	answered string // the id of the last request that it has answered
}

// answer is a line of standard output: a reply, or why it is none.
type answer struct {
	reply protocol.Reply
	err   error
}

// start starts the program. The error is a startError.
func start(c Config) (*process, error) {
	p := &process{
		cmd:      exec.Command(c.Command[0], c.Command[1:]...),
		replies:  make(chan answer),
		exited:   make(chan struct{}),
		gone:     make(chan struct{}),
		forsaken: make(chan struct{}),
	}
	p.forsake = sync.OnceFunc(func() { close(p.forsaken) })
	p.cmd.Dir, p.cmd.Env, p.cmd.SysProcAttr = c.Dir, c.Env, attributes()

	// Pipes of our own, since those of exec.Cmd end with the process, read or not.
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
	p.cmd.Stdout, p.cmd.Stderr = theirStdout, theirStderr
	started := make(chan error)
	go p.run(started, stdout, stderr)
	if err := <-started; err != nil {
		return nil, startError(err)
	}
	return p, nil
}

// run starts the process, and stays with it until nothing of it is left. It keeps its thread to itself, since on Linux the
// process would be killed with the thread that started it.
func (p *process) run(started chan<- error, stdout, stderr *os.File) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer stdout.Close()
	defer stderr.Close()
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		err = p.cmd.Start()
	}
	started <- err
	if err != nil {
		return
	}
	var reading sync.WaitGroup
	reading.Go(func() { p.readReplies(stdout) })
	reading.Go(func() { _, _ = io.Copy(&p.stderr, stderr) })

	_ = p.cmd.Wait() // what it says is in p.cmd.ProcessState
	killGroup(p.cmd.Process)
	close(p.exited)
	for _, output := range []*os.File{stdout, stderr} {
		_ = output.SetReadDeadline(time.Now().Add(drain)) // where there are no deadlines, reading may go on
	}
	reading.Wait()
	close(p.gone)
}

// readReplies hands on what the process writes, until that ends.
func (p *process) readReplies(stdout io.Reader) {
	defer close(p.replies)
	reader := protocol.NewReader(stdout)
	for {
		var a answer
		if a.err = reader.Read(&a.reply); a.err != nil && !errors.Is(a.err, protocol.ErrMalformed) {
			return
		}
		select {
		case p.replies <- a:
		case <-p.forsaken:
			_, _ = io.Copy(io.Discard, stdout)
			return
		}
	}
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
	if !p.hasExited() { // else its number may be another's by now
		killGroup(p.cmd.Process)
	}
	p.stdin.Close()
	p.wait()
}

// end ends the process by the end of its standard input, or by force.
func (p *process) end(grace time.Duration) error {
	p.forsake()
	p.stdin.Close()
	select {
	case <-p.exited:
		p.wait()
		return nil
	case <-time.After(grace):
		p.kill()
		err := fmt.Errorf("killed: it did not end within %v of its standard input", grace)
		return &Error{Program: named(p.cmd.Args), Err: err, Stderr: p.stderr.text()}
	}
}

// wait returns when nothing of the process is left, or it looks as if that would never be.
func (p *process) wait() {
	select {
	case <-p.gone:
	case <-time.After(patience):
	}
}
