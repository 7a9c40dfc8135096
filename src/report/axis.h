// One axis of a plot: values to pixels, and where its ticks stand.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace hedge::report {

struct Axis {
  double low = 0, high = 1;  ///< values; low < high
  double from = 0, to = 1;   ///< pixels; may run backwards

  double at(double value) const {
    const double share = (std::clamp(value, low, high) - low) / (high - low);
    return from + share * (to - from);
  }
};

/// The largest of 1, 2, 5 times a power of ten that gives at least `ticks_min` steps over the axis.
inline double tick_step(const Axis& axis, int ticks_min) {
  const double wanted = (axis.high - axis.low) / ticks_min;
  const double power = std::pow(10.0, std::floor(std::log10(wanted)));
  for (const double factor : {5.0, 2.0})
    if (factor * power <= wanted) return factor * power;
  return power;
}

/// Multiples of `step` on the axis.
inline std::vector<double> ticks(const Axis& axis, double step) {
  std::vector<double> values;
  const double first = std::ceil(axis.low / step - 1e-9);
  for (int k = 0; k < 64 && (first + k) * step <= axis.high + 1e-9 * step; ++k) values.push_back((first + k) * step);
  return values;
}

/// As many decimals as the step has.
inline std::string tick_text(double value, double step) {
  const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 9);
  return fmt::format("{:.{}f}", value == 0 ? 0.0 : value, decimals);
}

}  // namespace hedge::report
