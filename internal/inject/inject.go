// Package inject runs a program in which a system call fails, for tests of full and damaged disks.
// It uses strace, because databases and servers write their files themselves.
package inject

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// Fault is a failing call. The zero Fault lets every call succeed.
type Fault struct {
	Calls string // names of calls, such as "pwrite64" or "fsync,fdatasync"
	Error string // name of the error, such as "ENOSPC"
	Place int    // number of the failing call, from 1, counted for each thread
	// Lasting makes all calls from Place on fail, not just one.
	Lasting bool
}

// Faults returns disk faults at a place: no space left, a failing write, and a failing sync.
func Faults(place int) []Fault {
	return []Fault{
		{Calls: "write,pwrite64,ftruncate", Error: "ENOSPC", Place: place},
		{Calls: "write,pwrite64,ftruncate,renameat", Error: "EIO", Place: place},
		{Calls: "fsync,fdatasync", Error: "EIO", Place: place},
	}
}

// Run runs a program in which calls fail only if they concern one of the files. It returns the
// output of the program, whether the fault happened, and the error of the program. If strace is not
// installed, it skips the test.
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
		when := strconv.Itoa(f.Place)
		if f.Lasting {
			when += "+"
		}
		args = append(args, "-e", "trace="+f.Calls, "-e", fmt.Sprintf("inject=%s:error=%s:when=%s", f.Calls, f.Error, when))
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

// Places calls test with places 1, 2, … until it reports that the fault did not happen. If that is
// so at place 1 already, the test fails. Unless the environment variable INJECT_ALL is set, Places
// tests every place up to 3 and then only one in step.
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
			if place == 1 {
				t.Error("the fault did not happen at any place")
			}
			t.Logf("%d places", place-1)
			return
		}
	}
	t.Fatalf("the fault still happens after %d places", most)
}
