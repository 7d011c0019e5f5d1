// Package race reports to tests whether the race detector is enabled, so that they can skip long
// computations. If it is enabled, the package sets the default of rapid's flag -rapid.checks to 20:
// a property is checked in full without the detector.
package race
