// A tensor seen as [outer, length, inner] around one axis: what ArgMax, TopK, CumSum and Softmax walk along.
#pragma once

#include "tensor/shape.h"

namespace hedge::op {

struct AxisWalk {
  std::size_t outer = 1;   ///< elements before the axis
  std::size_t length = 1;  ///< of the axis
  std::size_t inner = 1;   ///< elements after it: the step from one to the next along the axis

  AxisWalk(const tensor::Shape& shape, int axis)
      : outer(static_cast<std::size_t>(shape.elements(0, axis))),
        length(static_cast<std::size_t>(shape[axis])),
        inner(static_cast<std::size_t>(shape.elements(axis + 1, shape.rank()))) {}
  /// Calls visit(first) with the offset of the first element of every line along the axis, in memory order.
  template <class Visit>
  void for_each_line(Visit&& visit) const {
    for (std::size_t o = 0; o < outer; ++o)
      for (std::size_t i = 0; i < inner; ++i) visit(o * length * inner + i);
  }
};

}  // namespace hedge::op
