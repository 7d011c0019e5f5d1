package embedded_test

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, c embedded.Config) *embedded.Server {
	s, err := embedded.Start(c)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func port(t *testing.T, s *embedded.Server) int {
	address, err := url.Parse(s.URL())
	require.NoError(t, err)
	n, err := strconv.Atoi(address.Port())
	require.NoError(t, err)
	return n
}

func TestStreamsStayInTheDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by", "the server")
	s := start(t, embedded.Config{Dir: dir})
	publish := func(s *embedded.Server) uint64 {
		nc, err := s.Connect()
		require.NoError(t, err)
		defer nc.Close()
		streams, err := js.New(nc)
		require.NoError(t, err)
		_, err = streams.CreateOrUpdateStream(t.Context(), js.StreamConfig{Name: "stream", Subjects: []string{"a"}})
		require.NoError(t, err)
		ack, err := streams.Publish(t.Context(), "a", nil)
		require.NoError(t, err)
		return ack.Sequence
	}
	assert.EqualValues(t, 1, publish(s))
	s.Close()
	again := start(t, embedded.Config{Dir: dir, Port: port(t, s), Token: s.Token()})
	assert.Equal(t, s.URL(), again.URL())
	assert.EqualValues(t, 2, publish(again))
}

func TestStartFails(t *testing.T) {
	_, err := embedded.Start(embedded.Config{})
	assert.ErrorContains(t, err, "Dir is empty")

	s := start(t, embedded.Config{Dir: t.TempDir()})
	dir := t.TempDir()
	_, err = embedded.Start(embedded.Config{Dir: dir, Port: port(t, s)})
	assert.ErrorContains(t, err, "address already in use")
	start(t, embedded.Config{Dir: dir}).Close()

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = embedded.Start(embedded.Config{Dir: file})
	assert.ErrorContains(t, err, file)
}

func TestServerListensLocallyAndRequiresAToken(t *testing.T) {
	s := start(t, embedded.Config{Dir: t.TempDir()})
	address, err := url.Parse(s.URL())
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1", address.Hostname())
	assert.GreaterOrEqual(t, len(s.Token()), 20)
	assert.NotContains(t, s.URL(), s.Token())
	for _, options := range [][]nats.Option{nil, {nats.Token("wrong")}} {
		_, err := nats.Connect(s.URL(), options...)
		assert.ErrorIs(t, err, nats.ErrAuthorization)
	}
	addresses, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range addresses {
		if ip := a.(*net.IPNet).IP; !ip.IsLoopback() {
			_, err := net.Dial("tcp", net.JoinHostPort(ip.String(), address.Port()))
			assert.Error(t, err, ip)
		}
	}
}
