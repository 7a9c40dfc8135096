// QuantizeLinear of one scale.
#include "kernel/avx512/ints.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/simd/quantize.h"

namespace hedge::kernel {

void quantize_f32_u8_avx512(const QuantizeParams& params, const QuantizeArgs& args, Slice slice);
void quantize_f32_u8_avx512(const QuantizeParams& params, const QuantizeArgs& args, Slice slice) {
  ::quantize(params, args, slice);
}

}  // namespace hedge::kernel
