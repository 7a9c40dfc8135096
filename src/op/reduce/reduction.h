// What all reductions share: which axes go, and where each input element's sum lives.
#pragma once

#include "op/broadcasting.h"
#include "op/dispatch.h"

namespace hedge::op {

/// One bit an axis that is reduced.
using AxisMask = std::uint32_t;

/// The axes of a Reduce*: attribute "axes", or input 1 where present; none given means all, or none at all with
/// noop_with_empty_axes. `axes_input` is the value of input 1, or null.
Result<AxisMask> reduced_axes(const Attributes& attributes, std::span<const std::int64_t> axes_input, int rank);

/// The shape with reduced axes of size 1 (or gone).
Shape reduced_shape(const Shape& shape, AxisMask mask, bool keep_dims);

/// Calls add(output_offset, input_index) for each element of the input, in order.
template <class Add>
void for_each_reduced(const Shape& shape, AxisMask mask, Add&& add) {
  const std::array<Strides, 1> strides{broadcast_strides(reduced_shape(shape, mask, true), shape)};
  for_each_broadcast(shape, strides, [&](std::int64_t index, const auto& at) {
    add(static_cast<std::size_t>(at[0]), static_cast<std::size_t>(index));
  });
}

}  // namespace hedge::op
