// Package tfrecord reads and writes files in TensorFlow's TFRecord format, a sequence of records
// with checksums.
//
//	uint64  length of the data, little-endian
//	uint32  masked checksum of the length
//	bytes   data
//	uint32  masked checksum of the data
//
// The checksum is CRC-32C (Castagnoli), masked by a rotation and an offset so that it may itself be
// covered by another CRC. A file has neither a header nor an end mark, so truncation between two
// records cannot be detected.
package tfrecord

import "hash/crc32"

const (
	headerSize = 8 + 4 // the length and its checksum
	footerSize = 4     // the checksum of the data
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum returns the masked CRC-32C.
func checksum(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}
