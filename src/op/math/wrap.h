// Integer arithmetic that wraps, as the hardware and NumPy do, without C++'s undefined behaviour. Floats pass through.
#pragma once

#include <concepts>
#include <limits>
#include <type_traits>

namespace hedge::op {

/// Promotes to unsigned of at least 32 bits, so that even u16 * u16 cannot overflow an int.
template <std::integral T>
constexpr auto wide(T x) {
  return static_cast<std::common_type_t<std::make_unsigned_t<T>, unsigned>>(x);
}

/// bool takes the plain way: its sum and product are or and and.
template <class T>
concept WrappingInteger = std::integral<T> && !std::same_as<T, bool>;

template <class T>
constexpr T wrap_add(T a, T b) {
  if constexpr (WrappingInteger<T>)
    return static_cast<T>(wide(a) + wide(b));
  else
    return a + b;
}
template <class T>
constexpr T wrap_sub(T a, T b) {
  if constexpr (WrappingInteger<T>)
    return static_cast<T>(wide(a) - wide(b));
  else
    return a - b;
}
template <class T>
constexpr T wrap_mul(T a, T b) {
  if constexpr (WrappingInteger<T>)
    return static_cast<T>(wide(a) * wide(b));
  else
    return a * b;
}
template <class T>
constexpr T wrap_neg(T a) {
  return wrap_sub(T{}, a);
}

/// x as To, clamped to To's range; NaN becomes 0. For float -> integer casts, which C++ leaves undefined outside it.
template <std::integral To, std::floating_point From>
constexpr To saturate_cast(From x) {
  if (!(x == x)) return To{};
  // The limits as From may round up past To's maximum, hence >=.
  if (x >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
  if (x <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
  return static_cast<To>(x);
}

}  // namespace hedge::op
