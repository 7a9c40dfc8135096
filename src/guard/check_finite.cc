#include "guard/check_finite.h"

#include <algorithm>
#include <bit>

namespace hedge::guard {

// An exponent of all ones is NaN or infinity (IEEE 754). Integers, so that no option of the compiler about floats can
// optimise the question away; one flag a block, so that the loops become vectors and still end early.
bool check_finite(std::span<const float> values) noexcept {
  constexpr std::size_t kBlock = 4096;
  constexpr std::uint32_t kExponent = 0x7F80'0000;
  for (std::size_t from = 0; from < values.size(); from += kBlock) {
    const auto block = values.subspan(from, std::min(kBlock, values.size() - from));
    std::uint32_t bad = 0;
    for (const float value : block) bad |= (std::bit_cast<std::uint32_t>(value) & kExponent) == kExponent ? 1U : 0U;
    if (bad != 0) return false;
  }
  return true;
}

bool check_finite(std::span<const std::uint16_t> halves) noexcept {
  constexpr std::uint16_t kExponent = 0x7C00;
  std::uint16_t bad = 0;
  for (const std::uint16_t half : halves) bad |= (half & kExponent) == kExponent ? 1 : 0;
  return bad == 0;
}

}  // namespace hedge::guard
