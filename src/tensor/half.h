// IEEE binary16 and bfloat16 as storage types: computed on as float, rounded to nearest even when stored.
#pragma once

#include <bit>
#include <cstdint>

namespace hedge::tensor {

std::uint16_t float_to_half_bits(float value);
float half_bits_to_float(std::uint16_t bits);

struct Half {
  std::uint16_t bits = 0;
  Half() = default;
  explicit Half(float value) : bits(float_to_half_bits(value)) {}
  operator float() const { return half_bits_to_float(bits); }
};

struct BFloat16 {
  std::uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    const bool nan = (word & 0x7FFFFFFFu) > 0x7F800000u;
    bits = nan ? std::uint16_t((word >> 16) | 0x40) : std::uint16_t((word + 0x7FFF + ((word >> 16) & 1)) >> 16);
  }
  operator float() const { return std::bit_cast<float>(std::uint32_t(bits) << 16); }
};

}  // namespace hedge::tensor
