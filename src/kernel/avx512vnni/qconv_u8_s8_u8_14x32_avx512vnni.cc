// Dense and grouped convolution of bytes by VPDPBUSD: tiles of 14 pixels x 32 filters, or 6 x 64.
#include "kernel/avx512vnni/dots.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/avx512vnni/look_up.h"
#include "kernel/simd/qconv.h"

namespace hedge::kernel {

void qconv_u8_s8_u8_14x32_avx512(const QConvParams& params, const QConvArgs& args, TableBy by, Slice slice) {
  const Table table(args.table, by);
  ::qconv(params, args, table, slice);
}

void qconv_u8_s8_u8_14x32_avx512vnni(const QConvParams& params, const QConvArgs& args, Slice slice);
void qconv_u8_s8_u8_14x32_avx512vnni(const QConvParams& params, const QConvArgs& args, Slice slice) {
  qconv_u8_s8_u8_14x32_avx512(params, args, TableBy::kShuffles, slice);
}

}  // namespace hedge::kernel
