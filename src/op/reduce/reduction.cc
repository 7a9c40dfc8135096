#include "op/reduce/reduction.h"

namespace hedge::op {

Result<AxisMask> reduced_axes(const Attributes& attributes, std::span<const std::int64_t> axes_input, int rank) {
  const std::span<const std::int64_t> axes = axes_input.empty() ? attributes.integers("axes") : axes_input;
  if (axes.empty()) {
    if (attributes.integer("noop_with_empty_axes", 0) != 0) return AxisMask{0};
    return (AxisMask{1} << rank) - 1;
  }
  AxisMask mask = 0;
  for (const std::int64_t axis : axes) mask |= AxisMask{1} << TRY(tensor::normalize_axis(axis, rank));
  return mask;
}

Shape reduced_shape(const Shape& shape, AxisMask mask, bool keep_dims) {
  Shape result;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool reduced = (mask >> axis & 1) != 0;
    if (!reduced || keep_dims) result.push_back(reduced ? 1 : shape[axis]);
  }
  return result;
}

}  // namespace hedge::op
