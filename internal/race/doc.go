// Package race reports to tests whether the race detector is enabled, so that they can skip long
// computations.
package race
