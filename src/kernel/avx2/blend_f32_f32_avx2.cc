// Two rows of a picture to planes of floats.
#include "kernel/avx2/ints.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/simd/blend_planes.h"

namespace hedge::kernel {

void blend_f32_f32_avx2(const BlendParams& params, const BlendArgs& args, Slice slice);
void blend_f32_f32_avx2(const BlendParams& params, const BlendArgs& args, Slice slice) {
  ::blend_planes(params, args, slice);
}

}  // namespace hedge::kernel
