package nasbench

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/graphpnas/graphpnas/internal/pickle"
)

// natsInstead explains which files OpenNATS needs.
const natsInstead = "use the topology space without weights: the unpacked directory NATS-tss-v1_0-3ffb9-simple, " +
	"NATS-tss-v1_0-3ffb9.pickle.pbz2 or NAS-Bench-201-v1_1-096897.pth"

// maxNATSCompressed is the maximum size in bytes of a compressed file of a cell without weights. The published ones have up to 4e5 bytes,
// those with weights millions.
const maxNATSCompressed = 1 << 21

var (
	errNATSSize    = errors.New("this is the size space of NATS-Bench, not its topology space, NAS-Bench-201; " + natsInstead)
	errNATSWeights = errors.New("this is an archive with trained weights; " + natsInstead)
	errNATSTar     = errors.New(`this is a tar archive; unpack it ("tar xf") and open the directory that it contains`)
)

// Names of published files whose contents would take minutes to recognize.
var (
	natsSizeName    = regexp.MustCompile(`^NATS-sss-`)
	natsWeightsName = regexp.MustCompile(`^NATS-tss-.*-full`)
	natsWeightsFile = regexp.MustCompile(`^\d{6}-(FULL|LESS)\.pth$`)
)

// checkNATSName returns an error if a file or directory has the published name of another benchmark or archive.
func checkNATSName(path string) error {
	switch name := filepath.Base(path); {
	case natsSizeName.MatchString(name):
		return fmt.Errorf("%s: %w", path, errNATSSize)
	case natsWeightsName.MatchString(name), natsWeightsFile.MatchString(name):
		return fmt.Errorf("%s: %w", path, errNATSWeights)
	}
	return nil
}

// explainNATS adds to the error of a pickle what kind of file it seems to be.
func explainNATS(err error) error {
	if errors.Is(err, pickle.ErrTensors) {
		return fmt.Errorf("%w (%w)", errNATSWeights, err)
	}
	return err
}

// explainNoIndex returns the error for a directory without an index, which explains what the directory contains instead.
func explainNoIndex(dir string, missing error) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("opening NAS-Bench-201: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch name := e.Name(); {
		case natsWeightsFile.MatchString(name):
			return fmt.Errorf("%s: %w (%w)", dir, errNATSWeights, missing)
		case e.IsDir() && hasNATSIndex(path) && checkNATSName(path) == nil:
			return fmt.Errorf("%s: NAS-Bench-201 is in the directory %s: open that (%w)", dir, path, missing)
		case !e.IsDir() && isNATSSingle(name):
			return fmt.Errorf("%s: NAS-Bench-201 is in the file %s: open that (%w)", dir, path, missing)
		case strings.HasPrefix(name, "NATS-tss-") && strings.HasSuffix(name, "-simple.tar"):
			return fmt.Errorf("%s: %w (%w)", path, errNATSTar, missing)
		}
	}
	return fmt.Errorf("%s: this is not the directory of NAS-Bench-201, or it was not unpacked completely: %w", dir, missing)
}

// hasNATSIndex reports whether a directory has an index.
func hasNATSIndex(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, natsIndexName))
	return err == nil
}

// isNATSSingle reports whether name is that of a published single file.
func isNATSSingle(name string) bool {
	return strings.HasPrefix(name, "NATS-tss-") && strings.HasSuffix(name, ".pickle.pbz2") ||
		strings.HasPrefix(name, "NAS-Bench-201-") && strings.HasSuffix(name, ".pth")
}

// checkNATSCompressed returns an error if a compressed file is too large for a cell without weights.
func checkNATSCompressed(path string, info fs.FileInfo) error {
	if info.Size() > maxNATSCompressed {
		return fmt.Errorf("%s: it has more than %d bytes: %w", path, maxNATSCompressed, errNATSWeights)
	}
	return nil
}
