package nasbench_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/nasbench"
)

// copyNATS copies the directory of testdata, and replaces the contents of one file, or removes it if contents is nil.
func copyNATS(t testing.TB, name string, contents []byte) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(natsPath("simple"))))
	if contents == nil {
		require.NoError(t, os.Remove(filepath.Join(dir, name)))
	} else {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), contents, 0o600))
	}
	return dir
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// infoNATS opens a benchmark and returns the Info of its first architecture.
func infoNATS(path string) (map[nasbench.NATSMetric]float64, error) {
	n, err := nasbench.OpenNATS(path)
	if err != nil {
		return nil, err
	}
	a, err := n.Arch(0)
	if err != nil {
		return nil, err
	}
	return n.Info(a, nasbench.NATSQuery{})
}

// natsAllocates returns the number of bytes that a function allocates.
func natsAllocates(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestNATSWithoutItsFiles(t *testing.T) {
	_, err := nasbench.OpenNATS(filepath.Join(t.TempDir(), "none"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, "none")

	dir := t.TempDir()
	_, err = nasbench.OpenNATS(dir)
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, filepath.Join(dir, "meta.pickle.pbz2"))

	dir = copyNATS(t, "000000.pickle.pbz2", nil)
	_, err = infoNATS(dir)
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, "architecture 0 ")
	assert.ErrorContains(t, err, filepath.Join(dir, "000000.pickle.pbz2"))

	dir = copyNATS(t, "000000.pickle.pbz2", nil)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "000000.pickle.pbz2"), 0o700))
	_, err = infoNATS(dir)
	assert.ErrorContains(t, err, filepath.Join(dir, "000000.pickle.pbz2"))
}

func TestNATSOfAnotherArchitecture(t *testing.T) {
	dir := copyNATS(t, "000000.pickle.pbz2", readFile(t, natsPath("simple/000002.pickle.pbz2")))
	_, err := infoNATS(dir)
	assert.ErrorContains(t, err, filepath.Join(dir, "000000.pickle.pbz2")+": the record is that of architecture 2")
	assert.ErrorContains(t, err, "architecture 0 |")

	dir = copyNATS(t, "000000.pickle.pbz2", readFile(t, natsPath("simple/meta.pickle.pbz2")))
	_, err = infoNATS(dir)
	assert.ErrorContains(t, err, filepath.Join(dir, "000000.pickle.pbz2")+": ")
	dir = copyNATS(t, "meta.pickle.pbz2", readFile(t, natsPath("simple/000000.pickle.pbz2")))
	_, err = infoNATS(dir)
	assert.ErrorContains(t, err, filepath.Join(dir, "meta.pickle.pbz2")+": meta_archs is missing")
}

func TestNATSOfOtherFormats(t *testing.T) {
	for name, c := range map[string]struct{ contents, message string }{
		"empty":   {"", "this is an empty file"},
		"short":   {"BZh9", "the file ends too soon; is the download complete?"},
		"text":    {"arch,x\n|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,1\n", "this is a text file, not a file of NAS-Bench-201"},
		"plain":   {"\x80\x04N.\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "this is a Python pickle"},
		"bzip2":   {"BZh91AY&SY" + "\x00\x00\x00\x00\x00\x00\x00\x00", "bzip2"},
		"archive": {"PK\x03\x04 and so on and on", "zip"},
		"page":    {"<html><title>Quota exceeded</title></html>", "this is an HTML page"},
		"pointer": {"version https://git-lfs.github.com/spec/v1\n", "this is a Git LFS pointer"},
		"tar": {"NATS-tss-v1_0-3ffb9-simple/" + strings.Repeat("\x00", 230) + "ustar\x0000" + strings.Repeat("\x00", 248),
			"this is a tar archive; unpack it"},
		"zeros": {strings.Repeat("\x00", 600), "this is not a file of NAS-Bench-201"},
	} {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(c.contents), 0o600))
		_, err := nasbench.OpenNATS(path)
		assert.ErrorContains(t, err, path+": ")
		assert.ErrorContains(t, err, c.message)
	}
}

const (
	sizeSpace    = "this is the size space of NATS-Bench, not its topology space, NAS-Bench-201"
	withWeights  = "this is an archive with trained weights"
	whatToUse    = "use the topology space without weights: the unpacked directory NATS-tss-v1_0-3ffb9-simple"
	publishedBZ2 = "NATS-tss-v1_0-3ffb9.pickle.pbz2"
)

// Other archives of the same authors are recognized by their contents.
func TestNATSArchivesOfAnotherKind(t *testing.T) {
	for _, name := range []string{"size", "size.pickle.pbz2"} {
		_, err := nasbench.OpenNATS(natsPath(name))
		assert.ErrorContains(t, err, natsPath(name))
		assert.ErrorContains(t, err, sizeSpace)
		assert.ErrorContains(t, err, whatToUse)
	}
	weights := readFile(t, natsPath("weights.pickle.pbz2"))
	_, err := infoNATS(copyNATS(t, "000000.pickle.pbz2", weights))
	assert.ErrorContains(t, err, "000000.pickle.pbz2: "+withWeights)
	assert.ErrorContains(t, err, whatToUse)
	_, err = nasbench.OpenNATS(natsPath("weights.pickle.pbz2"))
	assert.ErrorContains(t, err, withWeights)
	_, err = nasbench.OpenNATS(copyNATS(t, "000000.pickle.pbz2", make([]byte, 3<<20)))
	assert.ErrorContains(t, err, "000000.pickle.pbz2: it has more than 2097152 bytes: "+withWeights)
}

// Some archives are recognized by their names, because their contents would take minutes.
func TestNATSArchivesOfAnotherName(t *testing.T) {
	for name, message := range map[string]string{
		"NATS-sss-v1_0-50262.pickle.pbz2": sizeSpace,
		"NATS-sss-v1_0-50262-simple.tar":  sizeSpace,
		"NATS-sss-v1_0-50262-full":        sizeSpace,
		"NATS-tss-v1_0-3ffb9-full.tar":    withWeights,
		"NATS-tss-v1_0-3ffb9-full":        withWeights,
		"000011-FULL.pth":                 withWeights,
	} {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte("BZh9"), 0o600))
		_, err := nasbench.OpenNATS(path)
		assert.ErrorContains(t, err, path+": "+message)
		assert.ErrorContains(t, err, whatToUse)
	}
}

// In a directory without an index, OpenNATS looks for the file or directory that was probably meant.
func TestNATSDirectoriesOfAnotherKind(t *testing.T) {
	in := func(name string) string {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		return dir
	}
	for name, message := range map[string]string{
		"000011-FULL.pth":                             withWeights,
		publishedBZ2:                                  publishedBZ2 + ": open that",
		"NAS-Bench-201-v1_1-096897.pth":               "NAS-Bench-201-v1_1-096897.pth: open that",
		"NATS-tss-v1_0-3ffb9-simple.tar":              "NATS-tss-v1_0-3ffb9-simple.tar: this is a tar archive; unpack it",
		"NATS-tss-v1_0-3ffb9-simple/meta.pickle.pbz2": "NATS-tss-v1_0-3ffb9-simple: open that",
		"NATS-sss-v1_0-50262-simple/meta.pickle.pbz2": "this is not the directory of NAS-Bench-201",
		"000000.pickle.pbz2":                          "was not unpacked completely",
	} {
		dir := in(name)
		_, err := nasbench.OpenNATS(dir)
		require.ErrorIs(t, err, os.ErrNotExist, name)
		assert.ErrorContains(t, err, dir, name)
		assert.ErrorContains(t, err, message, name)
	}
}

// A highly compressed file is not decompressed beyond a limit.
func TestNATSBomb(t *testing.T) {
	bomb := readFile(t, natsPath("bomb.pickle.pbz2"))
	require.Less(t, len(bomb), 1<<14) // compressed from 256 MiB
	for path, name := range map[string]string{
		natsPath("bomb.pickle.pbz2"):            "bomb.pickle.pbz2",
		copyNATS(t, "meta.pickle.pbz2", bomb):   "meta.pickle.pbz2",
		copyNATS(t, "000000.pickle.pbz2", bomb): "000000.pickle.pbz2",
	} {
		allocated := natsAllocates(func() {
			_, err := infoNATS(path)
			assert.ErrorContains(t, err, name)
			assert.ErrorContains(t, err, "more than")
		})
		assert.Less(t, allocated, uint64(64<<20))
	}
}

// damage calls f with the file truncated at every step-th byte, and with every step-th bit flipped.
func damage(t *testing.T, path string, step int, f func(truncated bool, contents []byte)) {
	t.Helper()
	contents := readFile(t, path)
	for n := 0; n < len(contents); n += step {
		f(true, contents[:n])
	}
	for bit := 0; bit < 8*len(contents); bit += step {
		flipped := bytes.Clone(contents)
		flipped[bit/8] ^= 1 << (bit % 8)
		f(false, flipped)
	}
}

// Checksums detect damage, unless it has no effect.
func TestDamagedNATS(t *testing.T) {
	want, err := infoNATS(natsPath("simple"))
	require.NoError(t, err)
	check := func(truncated bool, path, name string) {
		info, err := infoNATS(path)
		if err != nil {
			require.ErrorContains(t, err, name)
			require.Nil(t, info)
			return
		}
		require.False(t, truncated)
		require.Equal(t, want, info)
	}
	for name, step := range map[string]int{"simple/meta.pickle.pbz2": 1, "simple/000000.pickle.pbz2": 733} {
		name = filepath.Base(name)
		dir := copyNATS(t, name, nil)
		damage(t, natsPath("simple/"+name), step, func(truncated bool, contents []byte) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), contents, 0o600))
			check(truncated, dir, name)
		})
	}
	for name, step := range map[string]int{"single.pickle.pbz2": 1601, "zip.pth": 4001} {
		path := filepath.Join(t.TempDir(), name)
		damage(t, natsPath(name), step, func(truncated bool, contents []byte) {
			require.NoError(t, os.WriteFile(path, contents, 0o600))
			check(truncated, path, name)
		})
	}
}

// Damage to a file without a checksum may go unnoticed, but does no harm.
func TestDamagedLegacyNATS(t *testing.T) {
	path := filepath.Join(t.TempDir(), "legacy.pth")
	damage(t, natsPath("legacy.pth"), 1009, func(truncated bool, contents []byte) {
		require.NoError(t, os.WriteFile(path, contents, 0o600))
		allocated := natsAllocates(func() {
			_, err := nasbench.OpenNATS(path)
			if truncated {
				require.Error(t, err)
			}
			if err != nil {
				require.ErrorContains(t, err, path)
			}
		})
		require.Less(t, allocated, uint64(4<<20))
	})
}
