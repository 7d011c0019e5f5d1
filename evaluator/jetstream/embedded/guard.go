package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	// interval is the time between two checks of the server.
	interval = time.Second
	// reserve is the number of bytes that must be free before the streams are opened again. It suffices for opening them and for a
	// few messages.
	reserve = 1 << 20
)

// guard restarts a server if necessary: a NATS server that failed to write a stream disables that stream or all streams until it is
// restarted.
type guard struct {
	stop     context.CancelFunc
	watching sync.WaitGroup
}

// watch guards a server until end is called, which stops the server.
func (g *guard) watch(c Config, s *server.Server) {
	ctx, stop := context.WithCancel(context.Background())
	g.stop = stop
	g.watching.Go(func() {
		w := watched{config: c, server: s}
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				w.look()
			case <-ctx.Done():
				w.shutdown()
				return
			}
		}
	})
}

func (g *guard) end() {
	g.stop()
	g.watching.Wait()
}

// watched is a guarded server.
type watched struct {
	config  Config
	server  *server.Server // nil if it could not be restarted
	fault   error          // why the streams cannot be written; nil if they can
	suspect bool           // whether the last check found a fault
}

// look restarts the server if its streams cannot be written although the directory can. A fault must be found twice in a row,
// because a stream that is being created or deleted looks the same.
func (w *watched) look() {
	fault := w.check()
	sure := fault == nil || w.suspect
	w.suspect = fault != nil
	if !sure {
		return
	}
	w.become(fault)
	if fault == nil || tryToWrite(w.config.Dir) != nil {
		return
	}
	w.shutdown()
	var err error
	w.server, err = start(w.config)
	w.become(err)
}

// check returns an error if the server's streams cannot be written.
func (w *watched) check() error {
	if w.server == nil {
		return w.fault
	}
	if health := w.server.Healthz(nil); health.Error != "" {
		return errors.New(health.Error)
	}
	return nil
}

// become sets the fault and reports the change.
func (w *watched) become(fault error) {
	before := w.fault
	w.fault = fault
	log := w.config.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	switch {
	case fault != nil && before == nil:
		fault = fmt.Errorf("embedded: the streams in %s cannot be written: %w", w.config.Dir, fault)
		log.Warn("trouble with the server", "error", fault)
	case fault == nil && before != nil:
		log.Info("trouble with the server is over", "dir", w.config.Dir)
	default:
		return
	}
	if w.config.OnTrouble != nil {
		w.config.OnTrouble(fault)
	}
}

func (w *watched) shutdown() {
	if w.server == nil {
		return
	}
	w.server.Shutdown()
	w.server.WaitForShutdown()
	w.server = nil
}

// tryToWrite writes a file of reserve bytes to a directory, and removes it.
func tryToWrite(dir string) (err error) {
	path := filepath.Join(dir, "reserve")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(path)) }()
	if _, err = f.Write(make([]byte, reserve)); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
