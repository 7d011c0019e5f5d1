package cluster

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A user of the documentation of NATS.
const (
	public = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
	seed   = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
)

// start starts a server with a configuration, and returns its URL.
func start(t *testing.T, config string) string {
	file := filepath.Join(t.TempDir(), "nats.conf")
	require.NoError(t, os.WriteFile(file, []byte("listen: \"127.0.0.1:-1\"\n"+config), 0o600))
	o, err := server.ProcessConfigFile(file)
	require.NoError(t, err)
	o.NoLog, o.NoSigs = true, true
	s, err := server.NewServer(o)
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	require.True(t, s.ReadyForConnections(time.Minute))
	return s.ClientURL()
}

// connect connects as the environment says.
func connect(t *testing.T, url string) error {
	var s Server
	s.Flags(flag.NewFlagSet("test", flag.ContinueOnError), url)
	nc, err := s.Connect("test", func(err error) { t.Error(err) })
	if err == nil {
		nc.Close()
	}
	return err
}

func TestWaysToLogIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seed")
	require.NoError(t, os.WriteFile(file, []byte(seed), 0o600))
	for name, c := range map[string]struct {
		config      string
		environment map[string]string
	}{
		"nobody":   {"", nil},
		"token":    {"authorization: {token: secret}", map[string]string{"NATS_TOKEN": "secret"}},
		"password": {"authorization: {users: [{user: one, password: secret}]}", map[string]string{"NATS_USER": "one", "NATS_PASSWORD": "secret"}},
		"nkey":     {"authorization: {users: [{nkey: " + public + "}]}", map[string]string{"NATS_NKEY": file}},
	} {
		t.Run(name, func(t *testing.T) {
			url := start(t, c.config)
			if c.config != "" {
				assert.ErrorIs(t, connect(t, url), nats.ErrAuthorization)
			}
			for variable, value := range c.environment {
				t.Setenv(variable, value)
			}
			assert.NoError(t, connect(t, url))
			t.Setenv("NATS_URL", url)
			assert.NoError(t, connect(t, "nats://127.0.0.1:1"), "the environment wins over the default")
			assert.NotContains(t, Environment(), "NATS_URL="+url)
		})
	}
}
