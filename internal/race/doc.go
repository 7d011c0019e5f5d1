// Package race tells tests whether the race detector is on, under which long computations take too long.
package race
