package nasbench

import "github.com/graphpnas/graphpnas/internal/parquetfile"

// ParquetMetadata returns what a file of the columns has to say of itself.
func ParquetMetadata(f *parquetfile.File, space string) map[string]string {
	return map[string]string{parquetFormat: parquetVersion, parquetSpace: space, parquetChecksum: checksumOf(f)}
}
