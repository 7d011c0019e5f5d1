package jetstream_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// configured is a server with a configuration file.
type configured struct {
	*server.Server
	file string
}

// configure starts a server on a free port of the loopback interface.
func configure(t *testing.T, config string) *configured {
	c := &configured{file: filepath.Join(t.TempDir(), "nats.conf")}
	c.write(t, config)
	o, err := server.ProcessConfigFile(c.file)
	require.NoError(t, err)
	o.NoLog, o.NoSigs = true, true
	c.Server, err = server.NewServer(o)
	require.NoError(t, err)
	c.Start()
	t.Cleanup(func() {
		c.Shutdown()
		c.WaitForShutdown()
	})
	require.True(t, c.ReadyForConnections(time.Minute))
	return c
}

// write writes the configuration, replacing DIR by the directory of the streams.
func (c *configured) write(t *testing.T, config string) {
	config = strings.ReplaceAll(config, "DIR", filepath.Join(filepath.Dir(c.file), "streams"))
	require.NoError(t, os.WriteFile(c.file, []byte("listen: \"127.0.0.1:-1\"\n"+config), 0o600))
}

// connect connects with options, and suppresses the messages that nats.go prints by default.
func (c *configured) connect(t *testing.T, options ...nats.Option) *nats.Conn {
	silent := nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})
	nc, err := nats.Connect(c.ClientURL(), append(append(quick(), silent), options...)...)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}

func (c *configured) connectAs(t *testing.T, user string) *nats.Conn {
	return c.connect(t, nats.UserInfo(user, "secret"))
}

// rights are the subjects that a user may publish and subscribe to.
type rights struct{ publish, subscribe []string }

// coordinators and workers are the minimal rights of coordinators and workers.
var (
	coordinators = rights{
		publish:   []string{"$JS.API.>", "graphpnas.request.>"},
		subscribe: []string{"_INBOX.>", "graphpnas.done.>"},
	}
	workers = rights{
		publish: []string{
			"$JS.API.STREAM.INFO.graphpnas-request", "$JS.API.STREAM.INFO.graphpnas-result", "$JS.API.STREAM.INFO.graphpnas-dead",
			"$JS.API.STREAM.MSG.GET.graphpnas-result", "$JS.API.CONSUMER.INFO.graphpnas-request.*",
			"$JS.API.CONSUMER.MSG.NEXT.graphpnas-request.*", "$JS.ACK.graphpnas-request.>",
			"graphpnas.result.>", "graphpnas.dead.>", "graphpnas.done.>",
		},
		subscribe: []string{"_INBOX.>"},
	}
)

// without returns the rights with one subject replaced by an unused one, because an empty list would allow everything.
func (r rights) without(subject string) rights {
	replaced := func(all []string) []string {
		all = slices.Clone(all)
		if i := slices.Index(all, subject); i >= 0 {
			all[i] = "nothing"
		}
		return all
	}
	return rights{replaced(r.publish), replaced(r.subscribe)}
}

// users returns a configuration with JetStream, a user with all permissions, and two users with the given rights.
func users(coordinator, worker rights) string {
	user := func(name string, r rights) string {
		return fmt.Sprintf("{user: %s, password: secret, permissions: {publish: {allow: %s}, subscribe: {allow: %s}}}",
			name, quoted(r.publish), quoted(r.subscribe))
	}
	return "jetstream: {store_dir: \"DIR\"}\naccounts: {search: {jetstream: enabled, users: [\n{user: admin, password: secret}\n" +
		user("coordinator", coordinator) + "\n" + user("worker", worker) + "\n]}}\n"
}

func quoted(subjects []string) string {
	all := make([]string, len(subjects))
	for i, s := range subjects {
		all[i] = fmt.Sprintf("%q", s)
	}
	return "[" + strings.Join(all, ", ") + "]"
}
