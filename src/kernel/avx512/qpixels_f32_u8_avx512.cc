// QuantizeLinear of planes to pixels.
#include "kernel/avx512/ints.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/simd/qpixels.h"

namespace hedge::kernel {

void qpixels_f32_u8_avx512(const QPixelsParams& params, const QuantizeArgs& args, Slice slice);
void qpixels_f32_u8_avx512(const QPixelsParams& params, const QuantizeArgs& args, Slice slice) {
  ::qpixels(params, args, slice);
}

}  // namespace hedge::kernel
