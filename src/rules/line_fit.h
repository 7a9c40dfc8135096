// A straight line through noisy samples, some of them wrong: the start of every speed and time to collision.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace hedge::rules {

inline constexpr std::size_t kFitSamplesMax = 32;

struct Sample {
  double t = 0;  ///< seconds
  double value = 0;
};

struct LineFit {
  double slope = 0;        ///< per second
  double slope_sigma = 0;  ///< its standard error
  double t_mean = 0;       ///< weighted mean of the times: where the fit is surest
  double value_mean = 0;   ///< the fit's value there
  double at(double t) const { return value_mean + slope * (t - t_mean); }
};

/// Fits at least 3 samples, at most kFitSamplesMax, whose times are not all equal. Starts from the median of the slopes
/// of all pairs (Theil 1950, Sen 1968), which up to 29 % of wrong samples cannot move far, then three rounds of least
/// squares with Tukey's biweight at 4.685 times the scale of the residuals (Beaton & Tukey 1974; Holland & Welsch
/// 1977), so that good samples count fully and far ones not at all. Allocates nothing.
LineFit fit_line(std::span<const Sample> samples);

/// The middle value of at least one; for an even count the mean of the two. Reorders the values.
double median(std::span<double> values);

/// 1 / the 75 % point of the normal distribution: a median absolute deviation times this estimates sigma.
inline constexpr double kSigmaPerMad = 1.4826022185056018;

}  // namespace hedge::rules
