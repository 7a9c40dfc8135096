// Plain twins of the matrix products. Constant weights as the model has them: [K, N].
#pragma once

#include "kernel/ref/conv.h"

namespace hedge::kernel::ref {

inline Exact gemm(const GemmParams& p, const GemmArgs& args, std::int64_t row, std::int64_t column) {
  Exact sum;
  for (std::int64_t k = 0; k < p.k; ++k)
    sum.add(double{args.a[row * p.k + k]} * double{args.weights[k * p.n + column]});
  return finish(sum, args.bias != nullptr ? args.bias + column : nullptr, nullptr, p.epilogue);
}

inline Exact matmul(const MatMulParams& p, const MatMulArgs& args, std::int64_t batch, std::int64_t row,
                    std::int64_t column) {
  const float* a = args.a + batch * p.a_batch + row * p.k;
  const float* b = args.b + batch * p.b_batch + column;
  Exact sum;
  for (std::int64_t k = 0; k < p.k; ++k) sum.add(double{a[k]} * double{b[k * p.n]});
  return sum;
}

}  // namespace hedge::kernel::ref
