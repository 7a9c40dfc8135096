// What activations look like on the calibration samples, channel by channel: ranges, energies, histograms. The float
// model runs on our own engine with every watched value as an output; two passes, since a histogram needs its range.
#pragma once

#include <functional>
#include <map>

#include "quantize/topology.h"

namespace hedge::quantize {

/// Calibration input `index` as the model's inputs in order; called for 0, 1, ... count - 1, twice.
struct Samples {
  std::int64_t count = 0;
  std::function<Result<std::vector<Tensor>>(std::int64_t index)> at;
};

struct ChannelStatistics {
  float low = 0, high = 0;  ///< smallest and largest value seen
  double sum = 0, sum_of_squares = 0;
  std::vector<std::uint32_t> histogram;  ///< kBins equal bins over [low, high]
};

struct Statistics {
  static constexpr int kBins = 512;
  std::vector<ChannelStatistics> channels;
  std::int64_t count = 0;  ///< values a channel

  float low() const;
  float high() const;
  double energy(std::size_t channel) const;  ///< mean square
  double mean(std::size_t channel) const;
};

using AllStatistics = std::map<ValueId, Statistics>;

/// `progress` is called with the share done, 0 to 1. kInvalid where a value is not finite.
Result<AllStatistics> collect_statistics(const Graph& graph, const std::vector<ValueId>& watched,
                                         const Samples& samples, const std::function<void(double)>& progress);

/// Runs a graph on the samples and hands each its outputs.
Status run_on_samples(const Graph& graph, const Samples& samples,
                      const std::function<Status(std::int64_t, std::vector<Tensor>)>& receive);

}  // namespace hedge::quantize
