// Transpose: axes reordered; without perm, reversed.
#include "op/broadcasting.h"
#include "op/operator.h"
#include "op/shape/element_copy.h"

namespace hedge::op {
namespace {

using Axes = std::array<int, tensor::kRankMax>;

Result<Axes> permutation(const Attributes& attributes, int rank) {
  const auto perm = attributes.integers("perm");
  Axes axes{};
  std::uint32_t seen = 0;
  for (int k = 0; k < rank; ++k) {
    const auto at = static_cast<std::size_t>(k);
    if (perm.empty()) {
      axes[at] = rank - 1 - k;
      continue;
    }
    if (perm.size() != static_cast<std::size_t>(rank) || perm[at] < 0 || perm[at] >= rank ||
        (seen >> perm[at] & 1) != 0)
      return fail(ErrorKind::kInvalid, "perm is no permutation of {} axes", rank);
    seen |= std::uint32_t{1} << perm[at];
    axes[at] = static_cast<int>(perm[at]);
  }
  return axes;
}

Result<std::vector<TensorType>> infer_transpose(const InferArgs& args) {
  const Shape& shape = args.input(0).shape;
  const Axes axes = TRY(permutation(args.attributes, shape.rank()));
  Shape result;
  for (int k = 0; k < shape.rank(); ++k) result.push_back(shape[axes[static_cast<std::size_t>(k)]]);
  return std::vector{TensorType{args.input(0).dtype, result}};
}

Status run(const RunArgs& args) {
  const Shape& shape = args.input(0).shape();
  const Axes axes = TRY(permutation(args.attributes, shape.rank()));
  const Strides from = tensor::row_major_strides(shape);
  std::array<Strides, 1> strides{};
  for (std::size_t k = 0; k < static_cast<std::size_t>(shape.rank()); ++k)
    strides[0][k] = from[static_cast<std::size_t>(axes[k])];
  with_element_size(args.input(0).dtype(), [&]<class Word>() {
    const Word* x = words<Word>(args.input(0));
    Word* y = words<Word>(args.output(0));
    for_each_broadcast(args.output(0).shape(), strides,
                       [&](std::int64_t index, const auto& at) { y[index] = x[at[0]]; });
  });
  return {};
}

}  // namespace

extern const Operator kTranspose;
const Operator kTranspose = {.name = "Transpose", .infer = infer_transpose, .run = run};

}  // namespace hedge::op
