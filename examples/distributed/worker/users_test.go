package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/searchspace"
)

// startConfigured starts a server on loopback whose users are those of the documentation, and returns its URL.
func startConfigured(t *testing.T) string {
	t.Setenv("COORDINATOR_PASSWORD", "one-password")
	t.Setenv("WORKER_PASSWORD", "another-password")
	users, err := os.ReadFile("../deploy/users.conf")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "users.conf"), users, 0o600))
	file := filepath.Join(dir, "nats.conf")
	text := fmt.Sprintf("listen: \"127.0.0.1:-1\"\njetstream { store_dir: %q }\ninclude users.conf\n", filepath.Join(dir, "streams"))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))

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

func TestUsersOfTheDocumentationMayDoWhatTheyNeed(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3")
	}
	url := startConfigured(t)
	nc, err := nats.Connect(url, nats.UserInfo("coordinator", "one-password"))
	require.NoError(t, err)
	defer nc.Close()
	space := searchspace.NASBench201{}
	e, err := jetstream.New(t.Context(), nc, space, jetstream.Config{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, e.Close()) }()

	t.Setenv("NATS_USER", "worker")
	t.Setenv("NATS_PASSWORD", "another-password")
	t.Setenv("NATS_URL", url)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
	var serving sync.WaitGroup
	serving.Go(func() { assert.NoError(t, call(ctx, "--", "python3", "../../10-python-trainer/worker.py")) })
	defer serving.Wait()
	defer stop()
	a, err := space.Parse(cell)
	require.NoError(t, err)
	_, err = e.Evaluate(ctx, a)
	assert.NoError(t, err)
	assert.NoError(t, nc.LastError())
}

func TestUsersOfTheDocumentationMayDoNoMore(t *testing.T) {
	url := startConfigured(t)
	for user, subjects := range map[string][]string{
		"worker": {
			"graphpnas.request.nasbench201.1", "$JS.API.STREAM.PURGE.graphpnas-result", "$JS.API.STREAM.DELETE.graphpnas-request",
			"$JS.API.CONSUMER.DELETE.graphpnas-request.nasbench201", "_INBOX.of.somebody", "anything",
		},
		"coordinator": {"graphpnas.result.nasbench201.1", "_INBOX.of.somebody", "anything"},
	} {
		for _, subject := range subjects {
			password := map[string]string{"coordinator": "one-password", "worker": "another-password"}[user]
			nc, err := nats.Connect(url, nats.UserInfo(user, password), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
			require.NoError(t, err)
			require.NoError(t, nc.Publish(subject, nil))
			require.NoError(t, nc.Flush())
			assert.ErrorIs(t, nc.LastError(), nats.ErrPermissionViolation, "%s to %s", user, subject)
			nc.Close()
		}
	}
	_, err := nats.Connect(url)
	assert.ErrorIs(t, err, nats.ErrAuthorization)
}
