// From statistics to a range of values: which part of a tensor's values the 256 bytes cover.
//
// Four calibrators propose: min-max, percentiles, least mean square error, least Kullback-Leibler divergence. What
// decides is the error that each leaves at the outputs of the layers that read the tensor: an error of channel c is
// weighted by the energy of the weights that multiply it, over the energy of what they compute.
#pragma once

#include <span>
#include <string>

#include "quantize/statistics.h"

namespace hedge::quantize {

struct Range {
  float low = 0, high = 0;  ///< 0 lies within: padding and relu need it exactly
  std::string method;       ///< the calibrator that won
  double noise = 0;         ///< the weighted error: noise over signal at the readers
  double clipped = 0;       ///< share of the values outside

  float scale() const;
  std::int32_t zero() const;
};

/// What the bytes are for: an error counts as the change it makes in `function` (the activation behind them).
using Function = std::function<double(double)>;

/// `weights`: of a channel's mean square error. No function: the values themselves count.
Range choose_range(const Statistics& statistics, std::span<const double> weights, const Function& function = {});

/// What cutting to `range` makes of a channel's mean (empirical bias correction). Rounding shifts no mean.
double clipped_mean(const Statistics& statistics, std::size_t channel, const Range& range);

}  // namespace hedge::quantize
