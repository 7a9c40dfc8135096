// NumPy's rule for the shapes of a matrix product.
#pragma once

#include "op/operator.h"

namespace hedge::op {

struct MatMulShape {
  std::int64_t m = 1, n = 1, k = 1;
  Shape a_batch, b_batch, batch;  ///< the leading axes
  Shape output;
};

Result<MatMulShape> mat_mul_shape(const Shape& a, const Shape& b);

}  // namespace hedge::op
