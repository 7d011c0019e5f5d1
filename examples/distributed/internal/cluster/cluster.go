// Package cluster connects the programs of this example to a NATS server. The flags and the environment variables have the names
// that the nats command uses.
package cluster

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
)

// Server describes the server to connect to and how to log in.
type Server struct {
	URL           string // one or several, separated by commas
	Creds, NKey   string // files
	CA, Cert, Key string // files, for TLS
}

// Flags defines the flags. Passwords and tokens come from the environment, because every user of a machine can read command
// lines.
func (s *Server) Flags(flags *flag.FlagSet, url string) {
	define := func(p *string, name, variable, otherwise, usage string) {
		flags.StringVar(p, name, cmp.Or(os.Getenv(variable), otherwise), usage+" ($"+variable+")")
	}
	define(&s.URL, "server", "NATS_URL", url, "`URL` of the NATS server, or several separated by commas")
	define(&s.Creds, "creds", "NATS_CREDS", "", "credentials `file` of the user; other ways to log in are $NATS_USER and $NATS_PASSWORD, and $NATS_TOKEN")
	define(&s.NKey, "nkey", "NATS_NKEY", "", "`file` with the user's NKey seed")
	define(&s.CA, "ca", "NATS_CA", "", "`file` with the certificate of the authority that signed the server's certificate")
	define(&s.Cert, "cert", "NATS_CERT", "", "`file` with the client's certificate, if the server asks for one")
	define(&s.Key, "key", "NATS_KEY", "", "`file` with the key of the client's certificate")
}

// Connect connects to the server, and reconnects while the program runs. Later errors from the server go to report, except for
// missing permissions, which package jetstream reports.
func (s Server) Connect(name string, report func(error)) (*nats.Conn, error) {
	options := []nats.Option{nats.Name(name), nats.MaxReconnects(-1), Reported(report)}
	if token := os.Getenv("NATS_TOKEN"); token != "" {
		options = append(options, nats.Token(token))
	}
	if user := os.Getenv("NATS_USER"); user != "" {
		options = append(options, nats.UserInfo(user, os.Getenv("NATS_PASSWORD")))
	}
	if s.Creds != "" {
		options = append(options, nats.UserCredentials(s.Creds))
	}
	if s.NKey != "" {
		login, err := nats.NkeyOptionFromSeed(s.NKey)
		if err != nil {
			return nil, fmt.Errorf("-nkey %s: %w", s.NKey, err)
		}
		options = append(options, login)
	}
	if s.CA != "" {
		options = append(options, nats.RootCAs(s.CA))
	}
	if s.Cert != "" || s.Key != "" {
		options = append(options, nats.ClientCert(s.Cert, s.Key))
	}
	nc, err := nats.Connect(s.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", s.URL, err)
	}
	return nc, nil
}

// Reported returns a connection option that reports errors from the server.
func Reported(report func(error)) nats.Option {
	return nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		if !errors.Is(err, nats.ErrPermissionViolation) {
			report(err)
		}
	})
}

// Environment returns this program's environment without the login variables, which a trainer does not need.
func Environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NATS_") })
}
