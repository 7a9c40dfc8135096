// What a finite number of observations says about the rest: upper bounds at a confidence, from the binomial
// distribution alone. They hold for observations that are independent of each other.
#pragma once

#include <cstdint>
#include <optional>

namespace hedge::measure {

inline constexpr double kConfidence = 0.95;

/// The largest probability of an event under which `events` or fewer in `trials` would still come with the
/// probability 1 - kConfidence (Clopper & Pearson 1934, one side). Without an event that is about 3 / trials, the
/// "rule of three". 1 where there were no trials.
double probability_bound(std::int64_t events, std::int64_t trials);

/// Which of `count` ascending observations, from 1, is not below the true percentile `share` (0 to 1) with kConfidence
/// (order statistics; no shape is assumed). None where there are too few: p99.9 needs 2995.
std::optional<std::int64_t> percentile_bound_rank(std::int64_t count, double share);

/// The least count for which percentile_bound_rank() has an answer.
std::int64_t count_to_bound(double share);

}  // namespace hedge::measure
