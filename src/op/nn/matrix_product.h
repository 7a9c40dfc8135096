// y[m,n] = sum over k of a[m,k] * b[k,n], with any strides: the plain product behind MatMul, Gemm and their integer
// kin.
#pragma once

#include <cstdint>

namespace hedge::op {

struct MatrixSize {
  std::int64_t m, n, k;
};

/// `accumulate` false clears y first. b's rows are contiguous when b_column is 1: then the inner loop is too.
template <class A, class B, class Y>
void add_product(const MatrixSize& size, const A* a, std::int64_t a_row, std::int64_t a_column, const B* b,
                 std::int64_t b_row, std::int64_t b_column, Y* y) {
  for (std::int64_t m = 0; m < size.m; ++m)
    for (std::int64_t k = 0; k < size.k; ++k) {
      const Y left = static_cast<Y>(a[m * a_row + k * a_column]);
      const B* right = b + k * b_row;
      Y* out = y + m * size.n;
      for (std::int64_t n = 0; n < size.n; ++n) out[n] += left * static_cast<Y>(right[n * b_column]);
    }
}

}  // namespace hedge::op
