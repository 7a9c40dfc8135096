#include "rules/line_fit.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace hedge::rules {
namespace {

constexpr double kBiweightTuning = 4.685;  // 95 % efficiency on normal noise
constexpr int kRounds = 3;
using Values = std::array<double, kFitSamplesMax>;

double median_slope(std::span<const Sample> samples) {
  std::array<double, kFitSamplesMax*(kFitSamplesMax - 1) / 2> slopes;
  std::size_t count = 0;
  for (std::size_t a = 0; a < samples.size(); ++a)
    for (std::size_t b = a + 1; b < samples.size(); ++b)
      if (samples[a].t != samples[b].t)
        slopes[count++] = (samples[b].value - samples[a].value) / (samples[b].t - samples[a].t);
  HEDGE_CHECK(count > 0);
  return median(std::span(slopes).first(count));
}

/// Least squares with weights; false where the weights leave fewer than two distinct times.
bool weighted_fit(std::span<const Sample> samples, const Values& weights, LineFit& fit) {
  double total = 0, t_sum = 0, value_sum = 0;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    total += weights[k];
    t_sum += weights[k] * samples[k].t;
    value_sum += weights[k] * samples[k].value;
  }
  if (!(total > 0)) return false;
  const double t_mean = t_sum / total, value_mean = value_sum / total;
  double tt = 0, tv = 0;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    const double dt = samples[k].t - t_mean;
    tt += weights[k] * dt * dt;
    tv += weights[k] * dt * (samples[k].value - value_mean);
  }
  if (!(tt > 0)) return false;
  fit = {.slope = tv / tt, .slope_sigma = 0, .t_mean = t_mean, .value_mean = value_mean};
  double squares = 0;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    const double residual = samples[k].value - fit.at(samples[k].t);
    squares += weights[k] * residual * residual;
  }
  fit.slope_sigma = total > 2 ? std::sqrt(squares / (total - 2) / tt) : std::sqrt(squares / tt);
  return true;
}

}  // namespace

double median(std::span<double> values) {
  HEDGE_CHECK(!values.empty());
  const std::size_t half = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half), values.end());
  if (values.size() % 2 == 1) return values[half];
  return (values[half] + *std::max_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half))) / 2;
}

LineFit fit_line(std::span<const Sample> samples) {
  HEDGE_CHECK(samples.size() >= 3 && samples.size() <= kFitSamplesMax);
  Values weights, scratch;
  weights.fill(1);
  LineFit fit;
  HEDGE_CHECK(weighted_fit(samples, weights, fit));
  // The robust start: the median slope through the median offset.
  LineFit current{.slope = median_slope(samples), .slope_sigma = 0, .t_mean = fit.t_mean, .value_mean = 0};
  for (std::size_t k = 0; k < samples.size(); ++k) scratch[k] = samples[k].value - current.at(samples[k].t);
  current.value_mean = median(std::span(scratch).first(samples.size()));
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t k = 0; k < samples.size(); ++k)
      scratch[k] = std::fabs(samples[k].value - current.at(samples[k].t));
    const double reach = kBiweightTuning * kSigmaPerMad * median(std::span(scratch).first(samples.size()));
    if (!(reach > 0)) {  // more than half lie on the line exactly
      fit = current;
      break;
    }
    for (std::size_t k = 0; k < samples.size(); ++k) {
      const double u = (samples[k].value - current.at(samples[k].t)) / reach;
      weights[k] = std::fabs(u) < 1 ? (1 - u * u) * (1 - u * u) : 0;
    }
    if (!weighted_fit(samples, weights, fit)) {
      fit = current;
      break;
    }
    current = fit;
  }
  return fit;
}

}  // namespace hedge::rules
