// Dense and grouped convolution, panels of 16 filters.
#include "kernel/avx2/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/avx2/product.h"
#include "kernel/simd/conv.h"

namespace hedge::kernel {

void conv_f32_f32_f32_6x16_avx2(const ConvParams& params, const ConvArgs& args, Slice slice);
void conv_f32_f32_f32_6x16_avx2(const ConvParams& params, const ConvArgs& args, Slice slice) {
  ::conv(params, args, slice);
}

}  // namespace hedge::kernel
