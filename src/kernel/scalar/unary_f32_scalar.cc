// Functions of one operand, one float at a time: for machines without vectors, with the vectors' bits.
#include "kernel/scalar/vec.h"
// The vector type comes first: the functions are written on it.
#include "kernel/simd/functions.h"
#include "kernel/slice.h"

namespace hedge::kernel {

void unary_f32_scalar(const UnaryParams& params, const UnaryArgs& args, Slice slice);
void unary_f32_scalar(const UnaryParams& params, const UnaryArgs& args, Slice slice) {
  const auto range = share(params.elements, slice, 64);
  for (int64_t k = range.begin; k < range.end; ++k) {
    const float x = args.x[k];
    switch (params.function) {
      case Unary::kExp: args.y[k] = vec_exp_unclamped(x); break;
      case Unary::kSqrt: args.y[k] = Vec::sqrt(x); break;
      case Unary::kNeg: args.y[k] = Vec::sub(0, x); break;
      case Unary::kAbs: args.y[k] = Vec::abs(x); break;
      default: args.y[k] = activate(params.epilogue, x);
    }
  }
}

}  // namespace hedge::kernel
