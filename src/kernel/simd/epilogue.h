// The way out of a register tile: bias, residual and activation on all its sums at once, then the stores.
#pragma once

#include "kernel/simd/functions.h"
#include "kernel/simd/unroll.h"

namespace {

/// The long functions, from memory: out of line, since a copy for each shape of tile would be most of a kernel's code.
__attribute__((noinline)) inline void activate_held(const hedge::kernel::Epilogue& epilogue, T* held, int count) {
  HEDGE_NO_UNROLL
  for (int i = 0; i < count; ++i) held[i] = activate(epilogue, held[i]);
}

/// The short functions are all a clamp, which may be no limit at all: one copy of it serves them.
struct Clamp {
  float low, high;

  explicit Clamp(const hedge::kernel::Epilogue& epilogue) : low(-__builtin_inff()), high(__builtin_inff()) {
    using namespace hedge::kernel;  // NOLINT: the numbers of the activations
    const auto function = static_cast<uint8_t>(epilogue.activation);
    if (function == kActivationRelu) low = 0;
    if (function == kActivationClip) low = epilogue.alpha, high = epilogue.beta;
  }
};

/// One choice of function for all of `x`.
template <int kCount>
inline __attribute__((always_inline)) void activate_all(const hedge::kernel::Epilogue& epilogue, T (&x)[kCount]) {
  using namespace hedge::kernel;  // NOLINT: the numbers of the activations
  const auto function = static_cast<uint8_t>(epilogue.activation);
  if (function <= kActivationClip) {
    const Clamp clamp(epilogue);
    const T low = Vec::set(clamp.low), high = Vec::set(clamp.high);
    HEDGE_UNROLL
    for (int i = 0; i < kCount; ++i) x[i] = Vec::min(high, Vec::max(low, x[i]));
  } else if (function == kActivationLeakyRelu) {
    const T zero = Vec::zero(), slope = Vec::set(epilogue.alpha);
    HEDGE_UNROLL
    for (int i = 0; i < kCount; ++i) x[i] = Vec::select_less(x[i], zero, Vec::mul(x[i], slope), x[i]);
  } else {
    T held[kCount];
    HEDGE_UNROLL
    for (int i = 0; i < kCount; ++i) held[i] = x[i];
    activate_held(epilogue, held, kCount);
    HEDGE_UNROLL
    for (int i = 0; i < kCount; ++i) x[i] = held[i];
  }
}

/// A condition of which the compiler does not see that it excludes another: it would make a copy, for either, of all that
/// lies between them.
inline bool unrelated(bool condition) {
  asm("" : "+r"(condition));
  return condition;
}

/// Adds or skips: `from` may be null. Rows `pitch` apart; `lanes` floats of each row are valid.
template <int kRows, int kVectors>
inline __attribute__((always_inline)) void add_rows(T (&x)[kRows * kVectors], const float* from, int64_t pitch,
                                                    int64_t lanes) {
  HEDGE_UNROLL
  for (int i = 0; i < kRows; ++i) HEDGE_UNROLL
  for (int j = 0; j < kVectors; ++j)
    x[i * kVectors + j] = Vec::add(
        x[i * kVectors + j],
        Vec::load_some(from + i * pitch + j * Vec::kWidth, j + 1 < kVectors ? Vec::kWidth : lanes - j * Vec::kWidth));
}

/// y = act(x + residual) or act(x) + residual; a null residual is none. Rows of y and of the residual are `pitch`
/// apart, kVectors vectors wide, of which `lanes` floats are valid: more than (kVectors - 1) vectors.
template <int kRows, int kVectors>
inline __attribute__((always_inline)) void finish_rows(const hedge::kernel::Epilogue& epilogue,
                                                       T (&x)[kRows * kVectors], const float* residual, float* y,
                                                       int64_t pitch, int64_t lanes) {
  const bool adds = residual != nullptr, first = unrelated(adds & !epilogue.residual_last),
             last = unrelated(adds & epilogue.residual_last);
  if (first) add_rows<kRows, kVectors>(x, residual, pitch, lanes);
  activate_all(epilogue, x);
  if (last) add_rows<kRows, kVectors>(x, residual, pitch, lanes);
  HEDGE_UNROLL
  for (int i = 0; i < kRows; ++i) HEDGE_UNROLL
  for (int j = 0; j < kVectors; ++j)
    Vec::store_some(y + i * pitch + j * Vec::kWidth, x[i * kVectors + j],
                    j + 1 < kVectors ? Vec::kWidth : lanes - j * Vec::kWidth);
}

}  // namespace
