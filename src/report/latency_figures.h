// Numbers of a latency report in words, the same in all of its renderings.
#pragma once

#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace hedge::report {

/// Milliseconds: three decimals below 10, then fewer.
inline std::string number(double value) {
  return fmt::format("{:.{}f}", value, value < 10 ? 3 : value < 100 ? 2 : value < 1000 ? 1 : 0);
}

/// What was chosen, not measured: "50".
inline std::string plain_number(double value) { return fmt::format("{:g}", value); }

/// A probability: "0.0300 %", "3.0e-06".
inline std::string chance_text(double probability) {
  return probability >= 1e-4 || probability == 0 ? fmt::format("{:.3g} %", 100 * probability)
                                                 : fmt::format("{:.1e}", probability);
}

inline std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

inline std::string megabytes(std::int64_t bytes) { return fmt::format("{:.1f}", static_cast<double>(bytes) * 1e-6); }

/// "333 s", "30.0 min".
inline std::string duration_text(double seconds) {
  return seconds < 600 ? fmt::format("{:.0f} s", seconds) : fmt::format("{:.1f} min", seconds / 60);
}

}  // namespace hedge::report
