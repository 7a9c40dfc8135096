// Product of two run-time matrices, both row-major.
#include "kernel/avx512/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/avx512/product.h"
#include "kernel/simd/gemm.h"

namespace hedge::kernel {

void matmul_f32_f32_f32_12x32_avx512(const MatMulParams& params, const MatMulArgs& args, Slice slice);
void matmul_f32_f32_f32_12x32_avx512(const MatMulParams& params, const MatMulArgs& args, Slice slice) {
  ::matmul(params, args, slice);
}

}  // namespace hedge::kernel
