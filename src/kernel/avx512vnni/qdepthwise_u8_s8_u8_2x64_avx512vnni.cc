// Depthwise convolution of bytes by VPDPBUSD, taps interleaved in quads.
#include "kernel/avx512vnni/dots.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/avx512vnni/look_up.h"
#include "kernel/simd/qdepthwise.h"

namespace hedge::kernel {

void qdepthwise_u8_s8_u8_2x64_avx512(const QConvParams& params, const QConvArgs& args, TableBy by, Slice slice) {
  const Table table(args.table, by);
  ::qdepthwise(params, args, table, slice);
}

void qdepthwise_u8_s8_u8_2x64_avx512vnni(const QConvParams& params, const QConvArgs& args, Slice slice);
void qdepthwise_u8_s8_u8_2x64_avx512vnni(const QConvParams& params, const QConvArgs& args, Slice slice) {
  qdepthwise_u8_s8_u8_2x64_avx512(params, args, TableBy::kShuffles, slice);
}

}  // namespace hedge::kernel
