// How much an error in a channel of a value matters: the noise that it makes at the products that read it, over their
// signal, one weight a channel. Followed forward through what keeps channels apart.
#pragma once

#include "quantize/statistics.h"

namespace hedge::quantize {

class ChannelWeights {
 public:
  ChannelWeights(const Graph& graph, const Topology& topology, const AllStatistics& statistics)
      : graph_(graph), topology_(topology), statistics_(statistics) {}
  /// As many as the value has channels.
  const std::vector<double>& of(ValueId value);

 private:
  std::vector<double> compute(ValueId value);
  std::vector<double> at_product(const Product& product, std::size_t channels) const;
  std::vector<double> plain(ValueId value, std::size_t channels) const;

  const Graph& graph_;
  const Topology& topology_;
  const AllStatistics& statistics_;
  std::map<ValueId, std::vector<double>> known_;
};

/// The sum of squares of the weights between input channel and output channel of a product: [out][in].
std::vector<std::vector<double>> weight_energies(const Graph& graph, const Product& product, std::size_t channels);

}  // namespace hedge::quantize
