package nasbench

import "github.com/graphpnas/graphpnas/internal/parquetfile"

// ParquetMetadata returns the metadata for a file with the given columns.
func ParquetMetadata(f *parquetfile.File, space string) map[string]string {
	return map[string]string{parquetFormat: parquetVersion, parquetSpace: space, parquetChecksum: checksumOf(f)}
}
