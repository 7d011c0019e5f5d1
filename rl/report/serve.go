package report

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Serve listens on address and serves h, usually a [Handler], until ctx ends. It then closes all connections and returns nil. If it
// cannot serve, it returns an error.
//
// The address is host:port or :port. Port 0 chooses a free port. Without a host, Serve listens on the loopback interface, which only this
// machine can reach. To serve other machines too, set the host, as in 0.0.0.0:8080. On the loopback interface, Serve refuses requests for
// other host names, so that pages of other sites cannot read the search.
//
// If ready is not nil, Serve calls it with the URL of the page once the page can be opened.
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

// local refuses requests whose host is not the loopback interface.
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
