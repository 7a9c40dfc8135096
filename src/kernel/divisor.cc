#include "kernel/divisor.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace hedge::kernel {
namespace {

constexpr float kIntegersMax = 256;

float by_product(float x, const Divisor& divisor) { return std::fma(x, divisor.high, x * divisor.low); }

/// The least float x >= 0 for which x / step rounds to at least `integer`.
float first_of(float integer, float step) {
  std::uint32_t low = 0, high = std::bit_cast<std::uint32_t>(std::numeric_limits<float>::max());
  while (high - low > 1) {  // floats that are not negative are in the order of their bits
    const std::uint32_t middle = low + (high - low) / 2;
    (std::rint(std::bit_cast<float>(middle) / step) >= integer ? high : low) = middle;
  }
  return std::bit_cast<float>(high);
}

}  // namespace

Divisor divisor_of(float step) {
  Divisor divisor{.step = step, .high = 0, .low = 0, .divides = true};
  const double inverse = 1.0 / static_cast<double>(step);
  divisor.high = static_cast<float>(inverse);
  if (static_cast<double>(divisor.high) > inverse) divisor.high = std::nextafter(divisor.high, 0.0f);
  divisor.low = static_cast<float>(inverse - static_cast<double>(divisor.high));
  if (!std::isnormal(divisor.high) || divisor.low < 0) return divisor;
  for (float integer = 1; integer <= kIntegersMax; ++integer) {
    const float from = first_of(integer, step);
    const float below = std::nextafter(from, 0.0f);
    if (std::rint(by_product(from, divisor)) != std::rint(from / step) ||
        std::rint(by_product(below, divisor)) != std::rint(below / step))
      return divisor;
  }
  divisor.divides = false;
  return divisor;
}

}  // namespace hedge::kernel
