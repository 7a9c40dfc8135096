// Which frames does a random audit look at? A share of all, chosen by seed and frame number alone, so that a replay
// chooses the same ones. A trigger makes it an audit of confident frames: when = "audit and mean_score > 0.9".
#pragma once

#include <cstdint>

namespace hedge::capture {

/// `rate` 0 to 1. SplitMix64 (Steele, Lea, Flood 2014): the frame's number in the stream of random numbers of the seed.
constexpr bool in_audit(std::uint64_t seed, std::int64_t frame_index, double rate) {
  std::uint64_t z = seed + (static_cast<std::uint64_t>(frame_index) + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1p-53 < rate;  // 53 bits: exact in a double
}

}  // namespace hedge::capture
