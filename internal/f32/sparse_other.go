//go:build !amd64 || purego

package f32

func listsPay() bool { return false }

func edgeLists(int, []float32, int, []float32, int, []int32, []int32, []int32, []float32, []uint8, []int32) {
	panic("f32: there are no lists on this processor")
}

func rowLists(int, []float32, int, []float32, []uint8, []int32) {
	panic("f32: there are no lists on this processor")
}

func gemmLists(int, []float32, []uint8, []int32, []float32, int, []float32, int) {
	panic("f32: there are no lists on this processor")
}
