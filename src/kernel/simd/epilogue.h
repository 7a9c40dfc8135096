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

/// One choice of function for all of `x`.
template <int kCount>
inline __attribute__((always_inline)) void activate_all(const hedge::kernel::Epilogue& epilogue, T (&x)[kCount]) {
  using namespace hedge::kernel;  // NOLINT: the numbers of the activations
  switch (static_cast<uint8_t>(epilogue.activation)) {
    case kActivationNone: return;
    case kActivationRelu: {
      const T zero = Vec::zero();
      HEDGE_UNROLL
      for (int i = 0; i < kCount; ++i) x[i] = Vec::max(zero, x[i]);
      return;
    }
    case kActivationClip: {
      const T low = Vec::set(epilogue.alpha), high = Vec::set(epilogue.beta);
      HEDGE_UNROLL
      for (int i = 0; i < kCount; ++i) x[i] = Vec::min(high, Vec::max(low, x[i]));
      return;
    }
    case kActivationLeakyRelu: {
      const T zero = Vec::zero(), slope = Vec::set(epilogue.alpha);
      HEDGE_UNROLL
      for (int i = 0; i < kCount; ++i) x[i] = Vec::select_less(x[i], zero, Vec::mul(x[i], slope), x[i]);
      return;
    }
    default: {
      T held[kCount];
      HEDGE_UNROLL
      for (int i = 0; i < kCount; ++i) held[i] = x[i];
      activate_held(epilogue, held, kCount);
      HEDGE_UNROLL
      for (int i = 0; i < kCount; ++i) x[i] = held[i];
    }
  }
}

/// When the residual is added. The compiler shall not see that one time excludes the other, nor that they are the same
/// for every tile: it would make a copy, for each case, of all that lies between them.
struct Adding {
  uint32_t first, last;

  Adding(const hedge::kernel::Epilogue& epilogue, const float* residual)
      : first(residual != nullptr && !epilogue.residual_last), last(residual != nullptr && epilogue.residual_last) {}
  static bool now(uint32_t flag) {
    asm volatile("" : "+r"(flag));
    return flag != 0;
  }
};

/// Rows `pitch` apart; `lanes` floats of each row are valid.
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

/// y = act(x + residual) or act(x) + residual. Rows of y and of the residual are `pitch` apart, kVectors vectors wide,
/// of which `lanes` floats are valid: more than (kVectors - 1) vectors.
template <int kRows, int kVectors>
inline __attribute__((always_inline)) void finish_rows(const hedge::kernel::Epilogue& epilogue, const Adding& adding,
                                                       T (&x)[kRows * kVectors], const float* residual, float* y,
                                                       int64_t pitch, int64_t lanes) {
  if (Adding::now(adding.first)) add_rows<kRows, kVectors>(x, residual, pitch, lanes);
  activate_all(epilogue, x);
  if (Adding::now(adding.last)) add_rows<kRows, kVectors>(x, residual, pitch, lanes);
  HEDGE_UNROLL
  for (int i = 0; i < kRows; ++i) HEDGE_UNROLL
  for (int j = 0; j < kVectors; ++j)
    Vec::store_some(y + i * pitch + j * Vec::kWidth, x[i * kVectors + j],
                    j + 1 < kVectors ? Vec::kWidth : lanes - j * Vec::kWidth);
}

}  // namespace
