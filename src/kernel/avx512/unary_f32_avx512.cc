// Functions of one operand.
#include "kernel/avx512/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/simd/pointwise.h"

namespace hedge::kernel {

void unary_f32_avx512(const UnaryParams& params, const UnaryArgs& args, Slice slice);
void unary_f32_avx512(const UnaryParams& params, const UnaryArgs& args, Slice slice) { ::unary(params, args, slice); }

}  // namespace hedge::kernel
