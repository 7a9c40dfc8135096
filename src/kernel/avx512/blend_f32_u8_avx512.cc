// Two rows of a picture to bytes, pixel after pixel.
#include "kernel/avx512/ints.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/simd/blend_bytes.h"

namespace hedge::kernel {

void blend_f32_u8_avx512(const BlendParams& params, const BlendArgs& args, Slice slice);
void blend_f32_u8_avx512(const BlendParams& params, const BlendArgs& args, Slice slice) {
  ::blend_bytes(params, args, slice);
}

}  // namespace hedge::kernel
