package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/examples/distributed/internal/cluster"
)

// serverVariable is the environment variable that makes this test a NATS server with the configuration file that it names.
const serverVariable = "DISTRIBUTED_SERVER"

// serve runs a server until it is killed.
func serve(file string) error {
	o, err := server.ProcessConfigFile(file)
	if err != nil {
		return err
	}
	o.NoLog = true
	s, err := server.NewServer(o)
	if err != nil {
		return err
	}
	s.Start()
	s.WaitForShutdown()
	return nil
}

// process is a server that runs in a process of its own.
type process struct {
	name, url string
	command   *exec.Cmd
}

// startCluster starts servers that form a cluster.
func startCluster(t *testing.T, n int) (servers []process) {
	// The servers have their own loopback address, because others might take their ports before they do.
	host := "127.0.0.1"
	if runtime.GOOS == "linux" {
		host = fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
	}
	ports := freePorts(t, host, 2*n)
	var routes []string
	for i := range n {
		routes = append(routes, fmt.Sprintf("nats://%s:%d", host, ports[n+i]))
	}
	for i := range n {
		dir := t.TempDir()
		file := filepath.Join(dir, "nats.conf")
		config := fmt.Sprintf("server_name: s%d\nlisten: \"%s:%d\"\njetstream: {store_dir: %q}\n"+
			"cluster: {name: test, listen: \"%s:%d\", routes: [%s]}\n",
			i, host, ports[i], dir, host, ports[n+i], strings.Join(routes, ", "))
		require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), serverVariable+"="+file)
		c.Stderr = os.Stderr
		require.NoError(t, c.Start())
		t.Cleanup(func() {
			_ = c.Process.Kill() // fails if the test has killed it
			_ = c.Wait()
		})
		servers = append(servers, process{fmt.Sprint("s", i), fmt.Sprintf("nats://%s:%d", host, ports[i]), c})
	}
	return servers
}

// freePorts returns ports of an address that are free now.
func freePorts(t *testing.T, host string, n int) (ports []int) {
	for range n {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		require.NoError(t, err)
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// urls are the addresses of the servers.
func urls(servers []process) string {
	var all []string
	for _, s := range servers {
		all = append(all, s.url)
	}
	return strings.Join(all, ",")
}

// stream waits until the cluster has leaders, and describes a stream. It returns nil if the stream does not exist.
func stream(t *testing.T, servers []process, name string) (info *js.StreamInfo) {
	assert.Eventually(t, func() bool {
		nc, err := nats.Connect(urls(servers))
		if err != nil {
			return false
		}
		defer nc.Close()
		streams, err := js.New(nc)
		if err != nil {
			return false
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := streams.AccountInfo(ctx); err != nil {
			return false
		}
		s, err := streams.Stream(ctx, name)
		if err != nil {
			return errors.Is(err, js.ErrStreamNotFound)
		}
		info = s.CachedInfo()
		return info.Cluster.Leader != ""
	}, 2*time.Minute, 20*time.Millisecond)
	return info
}

// Three servers keep the queue. The one that leads it is killed in the middle of a search, which loses nothing and counts nothing
// twice.
func TestSearchOutlastsAServer(t *testing.T) {
	servers := startCluster(t, 3)
	require.Nil(t, stream(t, servers, "graphpnas-request"))
	o := formula(t)
	o.Server, o.replicas, o.evals = cluster.Server{URL: urls(servers)}, 3, 30
	stop := startProgram(t, o, worker(t))
	killed, kill := make(chan bool, 1), sync.WaitGroup{}
	kill.Go(func() {
		<-killed
		info := stream(t, servers, "graphpnas-request")
		if !assert.NotNil(t, info) {
			return
		}
		assert.Equal(t, 3, info.Config.Replicas)
		for _, s := range servers {
			if s.name == info.Cluster.Leader {
				assert.NoError(t, s.command.Process.Kill())
			}
		}
	})
	out := &watched{line: "accuracy", n: 10, then: func() { killed <- true }}
	err := run(until(t), o, out)
	close(killed)
	kill.Wait()
	require.NoError(t, err, out.String())
	stop()
	results := regexp.MustCompile(`(?m)^one  .*accuracy (\S+) .* s  (\|\S+\|) `).FindAllStringSubmatch(out.String(), -1)
	require.Len(t, results, 30, out.String())
	for _, r := range results {
		value, err := strconv.ParseFloat(r[1], 64)
		require.NoError(t, err)
		assert.InDelta(t, worth(t, r[2]), value, 1e-4, r[2])
	}
	assert.Regexp(t, `\nbest: .*; 0 of 30 evaluations failed\n$`, out.String())
}

// startProgram starts the worker's program, and returns a function that ends it.
func startProgram(t *testing.T, o options, program string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, program, "-server", o.URL, "-name", "one", "--", o.python, o.trainer)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	var log bytes.Buffer
	c.Stderr = &log
	require.NoError(t, c.Start())
	stop = sync.OnceFunc(func() {
		cancel()
		_ = c.Wait() // the error is that of ctx
		assert.Contains(t, log.String(), "msg=stopped", log.String())
	})
	t.Cleanup(stop)
	return stop
}

// worth is the formula of examples/10-python-trainer/worker.py.
func worth(t *testing.T, notation string) float64 {
	a, err := space.Parse(notation)
	require.NoError(t, err)
	var cell struct {
		Parts []struct {
			Edges []struct {
				From int
				Op   string
			}
		}
	}
	text, err := json.Marshal(a)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &cell))
	worths := map[string]float64{"skip_connect": 1, "avg_pool_3x3": 0.5, "nor_conv_1x1": 2, "nor_conv_3x3": 3}
	sum, edges := 0.0, 0
	for _, p := range cell.Parts {
		for _, e := range p.Edges {
			sum += worths[e.Op] / float64(1+e.From)
			edges++
		}
	}
	return sum - 0.2*float64(edges*edges)
}
