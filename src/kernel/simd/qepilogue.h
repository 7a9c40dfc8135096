// From sums to bytes, docs/int8.md: four vectors of sums at a time become one vector of bytes. Most steps have nothing
// between the scale and the clamp; theirs is inlined into the register tile. All others leave the tile through memory
// to one function.
#pragma once

#include "kernel/simd/epilogue.h"
#include "kernel/simd/to_bytes.h"

namespace {

using hedge::kernel::QuantEpilogue;

/// What is the same for all sums of a call.
struct Finish {
  QuantEpilogue step;
  const uint8_t* table;  ///< or null
  bool plain;            ///< the scaled sum is only clamped
};

inline Finish finish_of(const QuantEpilogue& step, bool with_residual, bool with_gain, const uint8_t* table) {
  using namespace hedge::kernel;  // NOLINT: the numbers of the activations
  const float low = static_cast<float>(step.y_low - step.y_zero), high = static_cast<float>(step.y_high - step.y_zero);
  const auto activation = static_cast<uint8_t>(step.activation);
  // A relu or a clip that the clamp contains changes nothing.
  const bool nothing = activation == kActivationNone || (activation == kActivationRelu && low >= 0) ||
                       (activation == kActivationClip && step.alpha <= low && step.beta >= high);
  return {step, table, nothing && !with_residual && !with_gain};
}

inline __attribute__((always_inline)) Ints::Bytes to_bytes(const QuantEpilogue& step, const T (&v)[4]) {
  return to_bytes(v, step.y_zero, step.y_low, step.y_high);
}

/// Four vectors of scaled sums and where they go: to `count` of kPieces pieces of 4 * kWidth / kPieces bytes, of which
/// the first `lanes` are there. The vectors follow one another, or are interleaved (Ints::pack).
struct Group {
  const float* v;
  const float* gain;  ///< in the order of v, or null
  uint8_t* y;
  int64_t y_pitch;
  const uint8_t* residual;  ///< or null
  int64_t residual_pitch;
  int64_t count, lanes;
};

template <int kPieces>
inline void load_residual(const Finish& finish, const Group& group, bool interleaved, T (&r)[4]) {
  const uint8_t* from[kPieces];
  for (int k = 0; k < kPieces; ++k)
    from[k] = group.residual + (k < group.count ? k : group.count - 1) * group.residual_pitch;
  const Ints::Bytes bytes = Ints::load_pieces<kPieces>(from, group.lanes);
  Ints::T wide[4];
  Ints::widen(interleaved ? bytes : Ints::interleaved(bytes), wide);
  const Ints::T zero = Ints::set(finish.step.residual_zero);
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) r[q] = Ints::to_floats(Ints::sub(wide[q], zero));
}

inline void add_scaled(const T (&r)[4], T scale, T (&v)[4]) {
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) v[q] = Vec::fma(r[q], scale, v[q]);
}

/// Every step of the epilogue, one copy for all tiles of an order.
template <int kPieces, bool kInterleaved>
__attribute__((noinline)) void finish_group(const Finish& finish, const Group& group) {
  const QuantEpilogue& step = finish.step;
  const T scale = Vec::set(step.residual_scale);
  T v[4], r[4];
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) v[q] = Vec::load(group.v + q * Vec::kWidth);
  if (group.residual != nullptr) load_residual<kPieces>(finish, group, kInterleaved, r);
  if (group.residual != nullptr && !step.residual_last) add_scaled(r, scale, v);
  activate_all({.activation = step.activation, .alpha = step.alpha, .beta = step.beta, .residual_last = false}, v);
  if (group.gain != nullptr) {
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) v[q] = Vec::mul(v[q], Vec::load(group.gain + q * Vec::kWidth));
  }
  if (group.residual != nullptr && step.residual_last) add_scaled(r, scale, v);
  Ints::Bytes bytes = to_bytes(step, v);
  if (!kInterleaved) bytes = Ints::in_sequence(bytes);
  if (finish.table != nullptr) bytes = look_up(finish.table, bytes);
  Ints::store_pieces<kPieces>(group.y, group.y_pitch, bytes, group.count, group.lanes);
}

}  // namespace
