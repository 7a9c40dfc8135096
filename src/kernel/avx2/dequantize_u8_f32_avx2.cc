// DequantizeLinear of one scale.
#include "kernel/avx2/ints.h"
// The vector types come first: the algorithm is written on them.
#include "kernel/simd/quantize.h"

namespace hedge::kernel {

void dequantize_u8_f32_avx2(const QuantizeParams& params, const DequantizeArgs& args, Slice slice);
void dequantize_u8_f32_avx2(const QuantizeParams& params, const DequantizeArgs& args, Slice slice) {
  ::dequantize(params, args, slice);
}

}  // namespace hedge::kernel
