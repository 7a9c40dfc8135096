// Dense and grouped convolution of bytes by VPMADDWD on 16 bits, panels of 16 filters.
#include "kernel/avx2/dots.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/avx2/look_up.h"
#include "kernel/simd/qconv.h"

namespace hedge::kernel {

void qconv_u8_s8_u8_4x16_avx2(const QConvParams& params, const QConvArgs& args, Slice slice);
void qconv_u8_s8_u8_4x16_avx2(const QConvParams& params, const QConvArgs& args, Slice slice) {
  const Table table(args.table);
  ::qconv(params, args, table, slice);
}

}  // namespace hedge::kernel
