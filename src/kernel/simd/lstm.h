// The recurrence of an LSTM, step after step: one product of the states with the weights of all four gates, then the
// gates' functions. Bound by the weights' way from the cache that holds them, once a step. One thread: the steps wait
// for each other, and a share of a single step is not worth a meeting of threads.
#pragma once

#include "kernel/simd/functions.h"
#include "kernel/simd/product.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::LstmArgs;
using hedge::kernel::LstmParams;
using hedge::kernel::Slice;

/// gates[b] = sums[b] + h[b] * weights.
inline void lstm_gates(const LstmParams& p, const float* sums, const float* h, const float* weights, float* gates) {
  const int64_t columns = 4 * p.hidden;
  const hedge::kernel::Epilogue plain{};
  hedge::kernel::ProductTile tile{.a = h,
                                  .a_pitch = p.hidden,
                                  .a_run = p.hidden,
                                  .a_jump = 0,
                                  .w = weights,
                                  .w_pitch = hedge::kernel::kPanel,
                                  .w_panel = hedge::kernel::kPanel * p.hidden,
                                  .k = p.hidden,
                                  .y = gates,
                                  .y_pitch = columns,
                                  .bias = nullptr,
                                  .residual = sums,
                                  .columns = 0};
  product(tile, p.batch, {0, columns}, plain);
}

/// c' = f * c + i * tanh(g), h' = o * tanh(c').
inline void lstm_states(int64_t hidden, const float* gates, const float* c, float* next_h, float* next_c) {
  for (int64_t k = 0; k < hidden; k += Vec::kWidth) {
    const int64_t lanes = hidden - k;
    const auto gate = [&](int64_t index) { return Vec::load_some(gates + index * hidden + k, lanes); };
    const T kept = Vec::mul(vec_sigmoid(gate(2)), Vec::load_some(c + k, lanes));
    const T state = Vec::fma(vec_sigmoid(gate(0)), vec_tanh(gate(3)), kept);
    Vec::store_some(next_c + k, state, lanes);
    Vec::store_some(next_h + k, Vec::mul(vec_sigmoid(gate(1)), vec_tanh(state)), lanes);
  }
}

inline void lstm(const LstmParams& p, const LstmArgs& args, Slice slice) {
  if (slice.index != 0) return;
  const int64_t states = p.batch * p.hidden;
  float* gates = reinterpret_cast<float*>(args.scratch);
  const float *h = args.h, *c = args.c;
  for (int64_t step = 0; step < p.steps; ++step) {
    const int64_t t = p.backwards ? p.steps - 1 - step : step;
    float *next_h = args.y + 2 * t * states, *next_c = next_h + states;
    lstm_gates(p, args.sums + 4 * t * states, h, args.weights, gates);
    for (int64_t b = 0; b < p.batch; ++b) {
      const int64_t at = b * p.hidden;
      lstm_states(p.hidden, gates + 4 * at, c + at, next_h + at, next_c + at);
    }
    h = next_h;
    c = next_c;
  }
}

}  // namespace
