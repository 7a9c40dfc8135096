// Depthwise convolution of bytes by VPDPBUSD, tables by VPERMI2B, taps interleaved in quads.
#include "kernel/avx512vnni/dots.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/avx512vbmi/look_up.h"
#include "kernel/simd/qdepthwise.h"

namespace hedge::kernel {

void qdepthwise_u8_s8_u8_2x64_avx512vbmi(const QConvParams& params, const QConvArgs& args, Slice slice);
void qdepthwise_u8_s8_u8_2x64_avx512vbmi(const QConvParams& params, const QConvArgs& args, Slice slice) {
  ::qdepthwise(params, args, slice);
}

}  // namespace hedge::kernel
