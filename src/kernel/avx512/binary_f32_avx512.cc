// Arithmetic on two broadcast operands.
#include "kernel/avx512/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/simd/pointwise.h"

namespace hedge::kernel {

void binary_f32_avx512(const BinaryParams& params, const BinaryArgs& args, Slice slice);
void binary_f32_avx512(const BinaryParams& params, const BinaryArgs& args, Slice slice) {
  ::binary(params, args, slice);
}

}  // namespace hedge::kernel
