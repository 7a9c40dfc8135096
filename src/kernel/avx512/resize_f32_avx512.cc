// Nearest and linear resizing.
#include "kernel/avx512/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/simd/pointwise.h"

namespace hedge::kernel {

void resize_f32_avx512(const ResizeParams& params, const ResizeArgs& args, Slice slice);
void resize_f32_avx512(const ResizeParams& params, const ResizeArgs& args, Slice slice) {
  ::resize(params, args, slice);
}

}  // namespace hedge::kernel
