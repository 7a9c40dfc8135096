// Plain twins of the matrix products. Constant weights as the model has them: [K, N].
#pragma once

#include <cmath>

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

/// `index` counts over [steps, 2, batch, hidden]; the states before its step are read from y, which a kernel has made.
inline Exact lstm(const LstmParams& p, const LstmArgs& args, std::int64_t index) {
  const std::int64_t states = p.batch * p.hidden, t = index / (2 * states), at = index % states;
  const std::int64_t unit = at % p.hidden, b = at / p.hidden;
  const bool first = t == (p.backwards ? p.steps - 1 : 0);
  const float* before = args.y + 2 * (p.backwards ? t + 1 : t - 1) * states;
  const float *h = first ? args.h : before, *c = first ? args.c : before + states;
  const auto gate = [&](std::int64_t which) {
    const std::int64_t column = which * p.hidden + unit;
    double sum = args.sums[(t * p.batch + b) * 4 * p.hidden + column];
    for (std::int64_t k = 0; k < p.hidden; ++k)
      sum += double{h[b * p.hidden + k]} * double{args.weights[k * 4 * p.hidden + column]};
    return sum;
  };
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const double state = sigmoid(gate(2)) * double{c[at]} + sigmoid(gate(0)) * std::tanh(gate(3));
  const double value = index / states % 2 == 1 ? state : sigmoid(gate(1)) * std::tanh(state);
  return {value, 1};
}

}  // namespace hedge::kernel::ref
