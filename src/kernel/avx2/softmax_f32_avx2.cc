// Softmax over the last axis.
#include "kernel/avx2/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/simd/softmax.h"

namespace hedge::kernel {

void softmax_f32_avx2(const SoftmaxParams& params, const SoftmaxArgs& args, Slice slice);
void softmax_f32_avx2(const SoftmaxParams& params, const SoftmaxArgs& args, Slice slice) {
  ::softmax(params, args, slice);
}

}  // namespace hedge::kernel
