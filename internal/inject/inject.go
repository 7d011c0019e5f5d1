// Package inject runs a program in which a call of the operating system fails, for tests of full and damaged disks. It uses
// strace, because databases and servers write their files by themselves.
package inject

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Fault is a call that fails. The zero Fault lets every call succeed.
type Fault struct {
	Calls string // names of calls, such as "pwrite64" or "fsync,fdatasync"
	Error string // its name, such as "ENOSPC"
	Place int    // the call that fails, from 1, counted for each thread
}

// Faults returns faults of disks at a place: no space left, a write that fails, and a sync that fails.
func Faults(place int) []Fault {
	return []Fault{
		{"write,pwrite64,ftruncate", "ENOSPC", place},
		{"write,pwrite64,ftruncate,renameat", "EIO", place},
		{"fsync,fdatasync", "EIO", place},
	}
}

// Run runs a program, whose calls fail only when they concern one of the files. It returns what the program has printed, whether
// the fault has happened, and how the program has ended. The test is skipped if there is no strace.
func Run(t testing.TB, program *exec.Cmd, f Fault, files ...string) (output string, happened bool, err error) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	trace := filepath.Join(t.TempDir(), "trace")
	args := []string{"strace", "-f", "-qq", "-o", trace, "-e", "signal=none"}
	if f.Calls == "" {
		args = append(args, "-e", "trace=none")
	} else {
		args = append(args, "-e", "trace="+f.Calls, "-e", fmt.Sprintf("inject=%s:error=%s:when=%d", f.Calls, f.Error, f.Place))
	}
	for _, file := range files {
		args = append(args, "-P", file)
	}
	program.Args = append(append(args, "--", program.Path), program.Args[1:]...)
	program.Path = strace
	var out bytes.Buffer
	program.Stdout, program.Stderr = &out, &out
	err = program.Run()
	text, reading := os.ReadFile(trace)
	if reading != nil {
		t.Fatal(reading, out.String())
	}
	return out.String(), bytes.Contains(text, []byte("(INJECTED)")), err
}

// Places calls test with the places 1, 2, … until it reports that nothing has happened. Unless the environment variable INJECT_ALL
// is set, it leaves out most: it takes every place up to 3 and then one in step.
func Places(t testing.TB, step int, test func(place int) (happened bool)) {
	if os.Getenv("INJECT_ALL") != "" {
		step = 1
	}
	const most = 10_000
	for place := 1; place < most; place++ {
		if place > 3 && place%step != 0 {
			continue
		}
		if !test(place) {
			t.Logf("%d places", place-1)
			return
		}
	}
	t.Fatalf("no end after %d places", most)
}
