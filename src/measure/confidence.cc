#include "measure/confidence.h"

#include <cmath>

namespace hedge::measure {
namespace {

/// P(at most `most` of `count`), each with probability p. The terms are summed by their logarithms: the first can be
/// far below the least double.
double binomial_below(std::int64_t most, std::int64_t count, double p) {
  if (p <= 0 || most >= count) return 1;
  if (p >= 1) return 0;
  const auto n = static_cast<double>(count);
  const double odds = std::log(p) - std::log1p(-p);
  double term = n * std::log1p(-p), sum = 0;
  for (std::int64_t k = 0; k <= most; ++k) {
    sum += std::exp(term);
    term += std::log((n - static_cast<double>(k)) / static_cast<double>(k + 1)) + odds;
  }
  return std::fmin(sum, 1);
}

}  // namespace

double probability_bound(std::int64_t events, std::int64_t trials) {
  if (trials <= 0 || events >= trials) return 1;
  double low = 0, high = 1;
  for (int k = 0; k < 100; ++k) {
    const double middle = (low + high) / 2;
    (binomial_below(events, trials, middle) > 1 - kConfidence ? low : high) = middle;
  }
  return high;
}

std::optional<std::int64_t> percentile_bound_rank(std::int64_t count, double share) {
  // The observation of rank r is below the percentile only if at most count - r lie above it.
  std::int64_t above = -1;
  while (above + 1 < count && binomial_below(above + 1, count, 1 - share) <= 1 - kConfidence) ++above;
  return above < 0 ? std::nullopt : std::optional(count - above);
}

std::int64_t count_to_bound(double share) {
  return static_cast<std::int64_t>(std::ceil(std::log(1 - kConfidence) / std::log(share)));
}

}  // namespace hedge::measure
