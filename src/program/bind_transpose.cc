// Transpose where, leading axes apart, two blocks of axes change places: NCHW <-> NHWC and the like.
#include <algorithm>

#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

struct TransposeFamily : PlainFamily<kernel::TransposeKernel, kernel::TransposeParams> {
  static Result<Problem> problem(const StepView& step) {
    const tensor::Shape& x = step.inputs[0].shape;
    const auto perm = step.attributes.integers("perm");
    const auto size = static_cast<std::int64_t>(tensor::size_of(step.inputs[0].dtype));
    if (perm.empty() && x.rank() != 2) return fail(ErrorKind::kUnsupported, "all axes reversed");
    // Axes of size 1 move nothing.
    std::array<int, tensor::kRankMax> order{};
    int count = 0;
    for (int k = 0; k < x.rank(); ++k) {
      const int axis = perm.empty() ? x.rank() - 1 - k : static_cast<int>(perm[static_cast<std::size_t>(k)]);
      if (x[axis] != 1) order[static_cast<std::size_t>(count++)] = axis;
    }
    const auto at = [&](int k) { return order[static_cast<std::size_t>(k)]; };
    std::array<int, tensor::kRankMax> sorted = order;
    std::sort(sorted.begin(), sorted.begin() + count);
    int same = 0;
    std::int64_t batch = 1;
    for (; same < count && at(same) == sorted[static_cast<std::size_t>(same)]; ++same) batch *= x[at(same)];
    if (same == count) return Problem{.batch = 1, .rows = x.elements(), .columns = 1, .element_size = size};
    // What follows must be a rotation: the last axes first, the others after.
    int turn = same;
    while (turn < count && sorted[static_cast<std::size_t>(turn)] != at(same)) ++turn;
    const int length = count - same;
    for (int k = 0; k < length; ++k)
      if (at(same + k) != sorted[static_cast<std::size_t>(same + (turn - same + k) % length)])
        return fail(ErrorKind::kUnsupported, "more than two blocks of axes change places");
    std::int64_t rows = 1, columns = 1;
    for (int k = same; k < count; ++k) (k < turn ? rows : columns) *= x[sorted[static_cast<std::size_t>(k)]];
    return Problem{.batch = batch, .rows = rows, .columns = columns, .element_size = size};
  }
  static kernel::TransposeArgs args(const Operands& operands, std::span<std::byte>) {
    return {operands.inputs[0], operands.outputs[0]};
  }
};

}  // namespace

CandidateList transpose_candidates() { return make_candidates<TransposeFamily>(kernel::transpose_kernels()); }

}  // namespace hedge::program
