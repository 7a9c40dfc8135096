// Product with constant weights, panels of 16 columns.
#include "kernel/avx512/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/avx512/product.h"
#include "kernel/simd/gemm.h"

namespace hedge::kernel {

void gemm_f32_f32_f32_12x32_avx512(const GemmParams& params, const GemmArgs& args, Slice slice);
void gemm_f32_f32_f32_12x32_avx512(const GemmParams& params, const GemmArgs& args, Slice slice) {
  ::gemm(params, args, slice);
}

}  // namespace hedge::kernel
