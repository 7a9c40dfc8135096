// Product with constant weights, panels of 16 columns.
#include "kernel/avx2/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/avx2/product.h"
#include "kernel/simd/gemm.h"

namespace hedge::kernel {

void gemm_f32_f32_f32_6x16_avx2(const GemmParams& params, const GemmArgs& args, Slice slice);
void gemm_f32_f32_f32_6x16_avx2(const GemmParams& params, const GemmArgs& args, Slice slice) {
  ::gemm(params, args, slice);
}

}  // namespace hedge::kernel
