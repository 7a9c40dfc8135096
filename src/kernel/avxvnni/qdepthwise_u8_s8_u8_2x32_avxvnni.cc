// Depthwise convolution of bytes by VPDPBUSD on YMM registers, taps interleaved in quads.
#include "kernel/avxvnni/dots.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/avx2/look_up.h"
#include "kernel/simd/qdepthwise.h"

namespace hedge::kernel {

void qdepthwise_u8_s8_u8_2x32_avxvnni(const QConvParams& params, const QConvArgs& args, Slice slice);
void qdepthwise_u8_s8_u8_2x32_avxvnni(const QConvParams& params, const QConvArgs& args, Slice slice) {
  const Table table(args.table);
  ::qdepthwise(params, args, table, slice);
}

}  // namespace hedge::kernel
