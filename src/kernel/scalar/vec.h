// One float as a vector of width 1: what is written on `Vec` becomes its own scalar definition, operation by operation.
#pragma once

#include <stdint.h>

namespace {

struct Vec {
  using T = float;
  static constexpr int64_t kWidth = 1;

  static T zero() { return 0; }
  static T set(float x) { return x; }
  static T load(const float* p) { return *p; }
  static T load_some(const float* p, int64_t) { return *p; }
  static void store(float* p, T x) { *p = x; }
  static void store_some(float* p, T x, int64_t) { *p = x; }
  static T fma(T a, T b, T c) { return __builtin_fmaf(a, b, c); }
  static T add(T a, T b) { return a + b; }
  static T sub(T a, T b) { return a - b; }
  static T mul(T a, T b) { return a * b; }
  static T div(T a, T b) { return a / b; }
  // As the x86 instructions: the second operand where either is NaN, or where both are zeros.
  static T min(T a, T b) { return a < b ? a : b; }
  static T max(T a, T b) { return a > b ? a : b; }
  static T sqrt(T x) { return __builtin_sqrtf(x); }
  static T abs(T x) { return __builtin_fabsf(x); }
  static T round(T x) { return __builtin_rintf(x); }
  /// x * 2^n for integral n in [-126, 128]; the last by way of 2^127, which is as far as one float reaches.
  static T times_power_of_two(T x, T n) {
    if (n != n) return n;
    const float low = min(127.0f, n);
    return x * (n - low + 1.0f) * __builtin_bit_cast(float, (static_cast<int32_t>(low) + 127) << 23);
  }
  static T select_less(T a, T b, T yes, T no) { return a < b ? yes : no; }
};

}  // namespace
