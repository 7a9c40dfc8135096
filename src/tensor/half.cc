#include "tensor/half.h"

namespace hedge::tensor {

std::uint16_t float_to_half_bits(float value) {
  const auto word = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (word >> 16) & 0x8000u;
  const std::uint32_t magnitude = word & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return std::uint16_t(sign | 0x7E00u);   // NaN, quiet
  if (magnitude >= 0x477FF000u) return std::uint16_t(sign | 0x7C00u);  // rounds beyond 65504: infinity
  if (magnitude < 0x38800000u) {  // below 2^-14: a subnormal half, value / 2^-24 rounded to an integer
    const float scaled = std::bit_cast<float>(magnitude) * 16777216.0f;  // exact: a power of two
    auto integer = std::uint32_t(scaled);
    const float rest = scaled - float(integer);
    if (rest > 0.5f || (rest == 0.5f && (integer & 1))) ++integer;
    return std::uint16_t(sign | integer);
  }
  const std::uint32_t rebased = magnitude - 0x38000000u;  // exponent bias 127 -> 15
  const std::uint32_t rounded = rebased + 0xFFFu + ((rebased >> 13) & 1);
  return std::uint16_t(sign | (rounded >> 13));
}

float half_bits_to_float(std::uint16_t bits) {
  const std::uint32_t sign = std::uint32_t(bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1Fu;
  const std::uint32_t fraction = bits & 0x3FFu;
  if (exponent == 0) {
    const float value = float(fraction) * 5.9604644775390625e-8f;  // 2^-24
    return sign ? -value : value;
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000u | (fraction << 13));
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

}  // namespace hedge::tensor
