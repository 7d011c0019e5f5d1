package report

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Serve serves a handler, such as a [Handler], until ctx ends. The address is host:port; without a host it is that of the
// loopback interface, which only this machine reaches. Requests that come over the loopback interface must be addressed to
// it, so that pages of other sites cannot read the search. To serve other machines too, name a host, such as 0.0.0.0:8080.
//
// Serve calls ready, unless it is nil, with the address of the page once it can be opened. Port 0 chooses a free port. Serve
// returns nil if ctx ends, else why it cannot serve.
func Serve(ctx context.Context, address string, h http.Handler, ready func(url string)) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("serving a report: the address must be host:port or :port, got %q: %w", address, err)
	}
	if host == "" {
		host = "localhost"
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return fmt.Errorf("serving a report: %w", err)
	}
	at := listener.Addr().(*net.TCPAddr)
	if at.IP.IsLoopback() {
		h = local(h)
	}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if ready != nil {
		ready("http://" + at.String() + "/")
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving a report: %w", err)
	}
	return nil
}

// local refuses requests that are not addressed to this machine by one of its own names.
func local(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this page is for this machine only; open it at localhost", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}
