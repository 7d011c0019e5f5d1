package sniff_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/sniff"
)

func TestName(t *testing.T) {
	for want, head := range map[string]string{
		"an empty file":   "",
		"an HTML page":    "\ufeff\r\n <!DOCTYPE html>\n<html lang=en><title>Error 404</title>",
		"an XML document": `<?xml version='1.0' encoding='UTF-8'?><Error><Code>NoSuchKey</Code></Error>`,
		"a Git LFS pointer": "version https://git-lfs.github.com/spec/v1\n" +
			"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 523985352\n",
		"a git-annex pointer": "/annex/objects/SHA256E-s12--4d7a.tfrecord\n",
		"a bzip2 file":        "BZh91AY&SY",
		"a Parquet file":      "PAR1\x15\x04",
		"a Python pickle":     "\x80\x04\x95\x00",
		"a text file":         strings.Repeat("arch,valid\n", 46) + "1234ü",
	} {
		assert.True(t, strings.HasPrefix(sniff.Name([]byte(head)), want), "%s: %s", want, sniff.Name([]byte(head)))
	}
	assert.True(t, strings.HasPrefix(sniff.Name([]byte("<html>")), "an HTML page"))
	assert.Empty(t, sniff.Name([]byte("\x10\x00\x00\x00\x00\x00\x00\x00abcd")))
	assert.Empty(t, sniff.Name([]byte("text\xff and more")))
}

func TestNameOfArchives(t *testing.T) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "NATS-tss-v1_0-3ffb9-simple/meta.pickle.pbz2", Size: 3, Mode: 0o600}))
	_, err := w.Write([]byte("BZh"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	assert.Equal(t, `a tar archive ("tar xf" unpacks it)`, sniff.Name(archive.Bytes()))

	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	_, err = z.Create("meta.pickle.pbz2")
	require.NoError(t, err)
	require.NoError(t, z.Close())
	assert.Equal(t, "a zip archive", sniff.Name(zipped.Bytes()))

	var compressed bytes.Buffer
	g := gzip.NewWriter(&compressed)
	require.NoError(t, g.Close())
	assert.Equal(t, "a gzip file", sniff.Name(compressed.Bytes()))
}

func FuzzName(f *testing.F) {
	f.Add([]byte("<html>"))
	f.Add([]byte("text\xe2\x82"))
	f.Fuzz(func(t *testing.T, head []byte) {
		if name := sniff.Name(head); len(head) > sniff.HeadSize {
			assert.Equal(t, sniff.Name(head[:sniff.HeadSize]), name)
		}
	})
}
