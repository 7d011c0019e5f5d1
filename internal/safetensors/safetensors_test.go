package safetensors_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/safetensors"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		meta := rapid.MapOf(rapid.SampledFrom([]string{"kind", "state", "é"}), rapid.String()).Draw(t, "meta")
		var written, read []safetensors.Tensor
		for _, name := range rapid.SliceOfNDistinct(rapid.StringN(1, 5, -1), 0, 4, rapid.ID).Draw(t, "names") {
			if name == "__metadata__" {
				continue
			}
			if rapid.Bool().Draw(t, "double") {
				values := rapid.SliceOfN(rapid.Float64(), 1, 20).Draw(t, "doubles")
				shape := []int{len(values)}
				written = append(written, safetensors.Tensor{Name: name, Shape: shape, Doubles: values})
				read = append(read, safetensors.Tensor{Name: name, Shape: shape, Doubles: make([]float64, len(values))})
				continue
			}
			values := rapid.SliceOfN(rapid.Float32(), 1, 20).Draw(t, "values")
			shape := []int{len(values), 1}
			written = append(written, safetensors.Tensor{Name: name, Shape: shape, Values: values})
			read = append(read, safetensors.Tensor{Name: name, Shape: shape, Values: make([]float32, len(values))})
		}
		var file bytes.Buffer
		require.NoError(t, safetensors.Write(&file, meta, written))
		f, err := safetensors.Read(&file)
		require.NoError(t, err)
		require.NoError(t, f.Fill(read))
		require.Equal(t, written, read)
		delete(f.Meta, "crc32")
		require.Equal(t, meta, f.Meta)
	})
}

func TestTruncatedAndAlteredValues(t *testing.T) {
	tensors := []safetensors.Tensor{{Name: "x", Shape: []int{2}, Values: []float32{1, 2}}}
	var file bytes.Buffer
	require.NoError(t, safetensors.Write(&file, map[string]string{}, tensors))
	for n := range file.Len() {
		_, err := safetensors.Read(bytes.NewReader(file.Bytes()[:n]))
		require.ErrorIs(t, err, safetensors.ErrFormat, "the first %d bytes", n)
	}
	altered := bytes.Clone(file.Bytes())
	altered[len(altered)-3] ^= 1
	_, err := safetensors.Read(bytes.NewReader(altered))
	assert.ErrorIs(t, err, safetensors.ErrFormat)

	f, err := safetensors.Read(&file)
	require.NoError(t, err)
	assert.Equal(t, 2, f.Len())
	assert.ErrorContains(t, f.Fill([]safetensors.Tensor{{Name: "y", Shape: []int{2}, Values: make([]float32, 2)}}), "y")
	assert.ErrorIs(t, f.Fill([]safetensors.Tensor{{Name: "x", Shape: []int{1, 2}, Values: make([]float32, 2)}}), safetensors.ErrFormat)
	assert.ErrorIs(t, f.Fill([]safetensors.Tensor{{Name: "x", Shape: []int{2}, Doubles: make([]float64, 1)}}), safetensors.ErrFormat)
	assert.Equal(t, []int{2}, f.Shape("x"))
	assert.Nil(t, f.Shape("y"))
}

// TestReadersThatFail checks that an error of the reader is not reported as a fault of the file.
func TestReadersThatFail(t *testing.T) {
	tensors := []safetensors.Tensor{{Name: "x", Shape: []int{2}, Values: []float32{1, 2}}}
	var file bytes.Buffer
	require.NoError(t, safetensors.Write(&file, nil, tensors))
	failure := errors.New("a disk that stutters")
	for n := range file.Len() + 1 {
		_, err := safetensors.Read(io.MultiReader(bytes.NewReader(file.Bytes()[:n]), iotest.ErrReader(failure)))
		require.ErrorIs(t, err, failure, "after %d bytes", n)
		require.NotErrorIs(t, err, safetensors.ErrFormat, "after %d bytes", n)
	}
}

// TestFilesOfOtherPrograms tests files without metadata or checksum, and with spaces after the
// header.
func TestFilesOfOtherPrograms(t *testing.T) {
	for _, meta := range []string{``, `"__metadata__":{"format":"pt"},`} {
		header := `{` + meta + `"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}   `
		file := append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header+"\x00\x00\x80\x3f"...)
		f, err := safetensors.Read(bytes.NewReader(file))
		require.NoError(t, err)
		x := []safetensors.Tensor{{Name: "x", Shape: []int{1}, Values: make([]float32, 1)}}
		require.NoError(t, f.Fill(x))
		assert.Equal(t, []float32{1}, x[0].Values)
		for n := range file {
			_, err := safetensors.Read(bytes.NewReader(file[:n]))
			require.ErrorIs(t, err, safetensors.ErrFormat, "the first %d bytes", n)
		}
		_, err = safetensors.Read(bytes.NewReader(append(file, 0)))
		require.ErrorIs(t, err, safetensors.ErrFormat)
	}
}

// FuzzRead checks that every file is rejected, or that its tensors can be filled in the stated
// shapes or not, without a panic.
func FuzzRead(f *testing.F) {
	var file bytes.Buffer
	require.NoError(f, safetensors.Write(&file, map[string]string{"kind": "x"}, []safetensors.Tensor{{Name: "x", Shape: []int{2}, Values: []float32{1, 2}}}))
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := safetensors.Read(bytes.NewReader(text))
		if err != nil {
			require.ErrorIs(t, err, safetensors.ErrFormat)
			return
		}
		values := make([]float32, 2)
		if err := read.Fill([]safetensors.Tensor{{Name: "x", Shape: read.Shape("x"), Values: values}}); err != nil {
			require.ErrorIs(t, err, safetensors.ErrFormat)
		}
	})
}

func TestWithoutMetadata(t *testing.T) {
	var file bytes.Buffer
	require.NoError(t, safetensors.Write(&file, nil, nil))
	f, err := safetensors.Read(&file)
	require.NoError(t, err)
	assert.Len(t, f.Meta, 1, "the checksum")
}
