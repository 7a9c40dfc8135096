// Depthwise convolution of bytes by VPMADDWD, taps interleaved in quads.
#include "kernel/avx2/dots.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/avx2/look_up.h"
#include "kernel/simd/qdepthwise.h"

namespace hedge::kernel {

void qdepthwise_u8_s8_u8_1x32_avx2(const QConvParams& params, const QConvArgs& args, Slice slice);
void qdepthwise_u8_s8_u8_1x32_avx2(const QConvParams& params, const QConvArgs& args, Slice slice) {
  const Table table(args.table);
  ::qdepthwise(params, args, table, slice);
}

}  // namespace hedge::kernel
