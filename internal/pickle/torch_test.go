package pickle_test

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/pickle"
)

// The parts of a file of torch.save in the format before version 1.6, except for the saved pickle.
const (
	torchVersion = "\x80\x02M\xe9\x03."
	torchSystem  = "\x80\x02}q\x00(X\x10\x00\x00\x00protocol_versionq\x01M\xe9\x03X\r\x00\x00\x00little_endianq\x02\x88u."
	torchEnd     = "\x80\x02]q\x00."
)

// legacyTorch returns a file of torch.save in the format before version 1.6.
func legacyTorch(saved string) string {
	return pickle.TorchMagic + torchVersion + torchSystem + saved + torchEnd
}

func loadLegacyTorch(file string) (any, error) {
	return pickle.Load(opener([]byte(file)), pickle.Options{Limits: limits, Torch: true})
}

// archive returns a zip archive of names and contents.
func archive(t testing.TB, method uint16, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: files[i], Method: method})
		require.NoError(t, err)
		_, err = io.WriteString(f, files[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func loadTorchZip(file []byte) (any, error) {
	open, err := pickle.OpenTorchZip(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	return pickle.Load(open, pickle.Options{Limits: limits})
}

func TestTorch(t *testing.T) {
	for name, data := range plain(t) {
		value, err := loadLegacyTorch(legacyTorch(string(data)))
		require.NoError(t, err, name)
		assert.Equal(t, plainValue, simplify(value), name)

		for _, method := range []uint16{zip.Store, zip.Deflate} {
			value, err = loadTorchZip(archive(t, method, "model/data.pkl", string(data), "model/version", "3\n"))
			require.NoError(t, err, name)
			assert.Equal(t, plainValue, simplify(value), name)
		}
	}
}

func TestBadLegacyTorch(t *testing.T) {
	const saved = "\x80\x02N."
	good := legacyTorch(saved)
	_, err := loadLegacyTorch(good)
	require.NoError(t, err)
	for n := range good {
		_, err := loadLegacyTorch(good[:n])
		require.Error(t, err, "%d bytes of it", n)
	}
	for bit := range 8 * len(good) {
		flipped := []byte(good)
		flipped[bit/8] ^= 1 << (bit % 8)
		_, _ = loadLegacyTorch(string(flipped)) // must not panic
	}
	for message, bad := range map[string]string{
		"byte 0: expected the mark of torch.save":              strings.Replace(good, pickle.TorchMagic, "\x80\x02K\x00.", 1),
		"byte 15: expected the version of torch.save's format": strings.Replace(good, torchVersion, "\x80\x02M\xea\x03.", 1),
		"expected an empty list of tensors":                    strings.Replace(good, torchEnd, "\x80\x02]q\x00X\x01\x00\x00\x001a.", 1),
		"there must be nothing after the pickle":               good + "\x00",
		"GLOBAL: class":                                        strings.Replace(good, torchSystem, "\x80\x02cos\nsystem\n.", 1),
		"opcode 0x51 is not supported":                         legacyTorch("\x80\x02NQ."),
		`class "torch.FloatStorage": it contains objects of`:   legacyTorch("\x80\x02ctorch\nFloatStorage\n."),
	} {
		_, err := loadLegacyTorch(bad)
		assert.ErrorContains(t, err, message)
	}
}

func TestBadTorchZip(t *testing.T) {
	const saved = "\x80\x02N."
	good := archive(t, zip.Store, "model/data.pkl", saved)
	_, err := loadTorchZip(good)
	require.NoError(t, err)
	for n := range good {
		_, err := loadTorchZip(good[:n])
		require.Error(t, err, "%d bytes of it", n)
	}
	for bit := range 8 * len(good) {
		flipped := bytes.Clone(good)
		flipped[bit/8] ^= 1 << (bit % 8)
		value, err := loadTorchZip(flipped)
		require.Nil(t, value)
		_ = err // some fields are ignored
	}
	for message, bad := range map[string][]byte{
		"the zip archive must contain a pickle of torch.save":     archive(t, zip.Store, "data.pkl", saved),
		`must have one pickle, got "a/data.pkl" and "b/data.pkl"`: archive(t, zip.Store, "a/data.pkl", saved, "b/data.pkl", saved),
		"byte 0: unexpected EOF":                                  archive(t, zip.Store, "a/data.pkl", ""),
		"byte 4: there must be nothing after the pickle":          archive(t, zip.Deflate, "a/data.pkl", saved+"N"),
		"byte 66: MARK: more than 64 marks":                       archive(t, zip.Deflate, "a/data.pkl", "\x80\x02"+many(1<<20, "(")),
		"more than 1048576 bytes":                                 archive(t, zip.Deflate, "a/data.pkl", "\x80\x02}"+many(1<<19, "K\x00Ns")),
		"checksum":                                                wrongChecksum(t, saved),
	} {
		_, err := loadTorchZip(bad)
		assert.ErrorContains(t, err, message)
	}
}

// wrongChecksum returns an archive whose checksum does not match its pickle.
func wrongChecksum(t testing.TB, saved string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{
		Name: "model/data.pkl", Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(saved)) + 1,
		CompressedSize64: uint64(len(saved)), UncompressedSize64: uint64(len(saved)),
	})
	require.NoError(t, err)
	_, err = io.WriteString(f, saved)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}
