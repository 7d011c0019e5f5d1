// Package tfrecord reads and writes files of TensorFlow's TFRecord format: records of bytes one after the other, each
// between the checksums that tell whether it is whole.
//
//	uint64  length of the data, little-endian
//	uint32  masked checksum of the length
//	bytes   data
//	uint32  masked checksum of the data
//
// The checksum is CRC-32C (Castagnoli), masked by a rotation and an offset so that it may be part of what another CRC
// covers. A file has neither header nor end mark: one that is cut off between two records is whole, only shorter.
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
