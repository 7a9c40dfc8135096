// Depthwise convolution, weights as they come.
#include "kernel/avx2/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/simd/depthwise.h"

namespace hedge::kernel {

void depthwise_f32_f32_f32_2x16_avx2(const ConvParams& params, const ConvArgs& args, Slice slice);
void depthwise_f32_f32_f32_2x16_avx2(const ConvParams& params, const ConvArgs& args, Slice slice) {
  ::depthwise(params, args, slice);
}

}  // namespace hedge::kernel
