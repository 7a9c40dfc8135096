// One float as a vector of width 1, so that what is written on `Vec` has a scalar twin by construction.
#pragma once

#include <cmath>
#include <cstdint>

namespace {

struct Vec {
  using T = float;
  static constexpr int64_t kWidth = 1;
  static T zero() { return 0; }
  static T set(float x) { return x; }
  static T fma(T a, T b, T c) { return std::fma(a, b, c); }
  static T add(T a, T b) { return a + b; }
  static T sub(T a, T b) { return a - b; }
  static T mul(T a, T b) { return a * b; }
  static T div(T a, T b) { return a / b; }
  static T min(T a, T b) { return a < b ? a : b; }
  static T max(T a, T b) { return a > b ? a : b; }
  static T abs(T x) { return std::fabs(x); }
  static T round(T x) { return std::nearbyint(x); }
  static T times_power_of_two(T x, T n) { return std::ldexp(x, static_cast<int>(n)); }
  static T select_less(T a, T b, T yes, T no) { return a < b ? yes : no; }
};

}  // namespace
