package gnn

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/f32"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// BLAS is gonum's BLAS with this library's single-precision matrix product, which has kernels for
// AVX2, AVX-512 and NEON. A program enables it with one call:
//
//	blas32.Use(gnn.BLAS{})   // gonum
//	gorgonia.Use(gnn.BLAS{}) // Gorgonia and its tensors
//
// It uses one processor, whereas gonum's own uses several for large products. Zeros are not
// skipped: 0·Inf is NaN.
type BLAS struct{ gonum.Implementation }

var _ blas.Float32Level3 = BLAS{}

// Sgemm computes C = alpha·op(A)·op(B) + beta·C. Like gonum's, it panics if the arguments are inconsistent. C
// must not overlap A or B.
func (BLAS) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	f32.Gemm(transposed(tA), transposed(tB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

func transposed(t blas.Transpose) bool {
	switch t {
	case blas.NoTrans:
		return false
	case blas.Trans, blas.ConjTrans:
		return true
	}
	panic(fmt.Sprintf("blas: illegal transpose %v", t))
}
