#include "quantize/channel_scales.h"

#include <algorithm>
#include <cmath>

namespace hedge::quantize {
namespace {

/// A channel narrower than this share of the widest is as good as dead: no larger factor.
constexpr double kNarrowest = 1e-4;

std::vector<double> widths(const Statistics& statistics) {
  std::vector<double> result;
  for (const ChannelStatistics& channel : statistics.channels)
    result.push_back(static_cast<double>(std::max(channel.high, 0.0f) - std::min(channel.low, 0.0f)));
  return result;
}

std::vector<float> factors_of(const Statistics& statistics, double exponent) {
  const std::vector<double> wide = widths(statistics);
  const double widest = *std::ranges::max_element(wide);
  std::vector<float> factors;
  for (const double width : wide)
    factors.push_back(widest > 0 ? static_cast<float>(std::pow(widest / std::max(width, widest * kNarrowest), exponent))
                                 : 1.0f);
  return factors;
}

/// Noise over signal that rounding the weights makes, once they are divided by the factors.
double weight_noise(const Graph& graph, const Product& product, const Statistics& inputs,
                    const std::vector<float>& factors) {
  const Node& node = graph.node(product.node);
  const Tensor& w = *graph.constant(node.input(1));
  const auto outputs = static_cast<std::size_t>(w.shape()[0]), per_group = static_cast<std::size_t>(w.shape()[1]);
  const std::size_t taps = w.as<float>().size() / (outputs * per_group), channels = factors.size();
  const std::size_t groups = channels / per_group;
  double noise = 0;
  const auto energies = weight_energies(graph, product, channels);
  for (std::size_t o = 0; o < outputs; ++o) {
    double largest = 0, signal = 0, scaled = 0;
    const std::size_t first = o / (outputs / groups) * per_group;
    for (std::size_t c = 0; c < per_group; ++c) {
      const double factor = static_cast<double>(factors[first + c]), energy = inputs.energy(first + c);
      for (std::size_t t = 0; t < taps; ++t)
        largest =
            std::max(largest, std::abs(static_cast<double>(w.as<float>()[(o * per_group + c) * taps + t])) / factor);
      signal += energies[o][first + c] * energy;
      scaled += energy * factor * factor * static_cast<double>(taps);
    }
    if (signal > 0) noise += largest * largest / (127.0 * 127.0 * 12) * scaled / signal;
  }
  return noise / static_cast<double>(outputs);
}

struct Choice {
  std::vector<float> factors;
  double noise = 0;
};

Choice best_factors(const Graph& graph, const Topology& topology, ValueId site, const Statistics& statistics,
                    RangeMemo& ranges) {
  const auto readers = channelwise_readers(graph, topology, site);
  Choice best;
  for (const double exponent : {1.0, 0.75, 0.5, 0.25}) {
    const std::vector<float> factors = factors_of(statistics, exponent);
    double noise = ranges.of(site, factors).noise;
    for (const Product* reader : readers) noise += weight_noise(graph, *reader, statistics, factors);
    if (best.factors.empty() || noise < best.noise) best = {factors, noise};
  }
  return best;
}

}  // namespace

const Product* maker_of_scales(const Graph& graph, const Topology& topology, const Product& reader) {
  const auto site = topology.site_of.find(reader.input);
  if (site == topology.site_of.end() || !graph.node(reader.node).is("Conv")) return nullptr;
  // With the curved activation on the accumulator, the site ends at the activation; before that treatment the product
  // ends at its own output, and the site is the activated value.
  for (const Product& product : topology.products) {
    if (product.in_float || !graph.node(product.node).is("Conv")) continue;
    const auto end = topology.ended_by.find(site->second);
    const bool ends = end != topology.ended_by.end() && end->second == product.node;
    if (!ends && product.activated != site->second) continue;
    return channelwise_readers(graph, topology, site->second).empty() ? nullptr : &product;
  }
  return nullptr;
}

std::vector<float> channel_factors(const Graph& graph, const Topology& topology, const Treatments& treatments,
                                   ValueId site, const Statistics& statistics, RangeMemo& ranges) {
  if (!topology.ended_by.contains(site)) return {};
  const auto readers = channelwise_readers(graph, topology, site);
  const bool wanted = std::ranges::any_of(readers, [&](const Product* reader) {
    const auto treated = treatments.find(reader->name);
    return treated != treatments.end() && treated->second.channel_scales;
  });
  return wanted ? best_factors(graph, topology, site, statistics, ranges).factors : std::vector<float>();
}

double noise_with_scales(const Graph& graph, const Topology& topology, ValueId site, const Statistics& statistics,
                         RangeMemo& ranges) {
  return best_factors(graph, topology, site, statistics, ranges).noise;
}

Statistics multiplied(const Statistics& statistics, const std::vector<float>& factors) {
  Statistics result = statistics;
  for (std::size_t c = 0; c < factors.size(); ++c) {
    ChannelStatistics& channel = result.channels[c];
    const double factor = static_cast<double>(factors[c]);
    channel.low *= factors[c];
    channel.high *= factors[c];
    channel.sum *= factor;
    channel.sum_of_squares *= factor * factor;
  }
  return result;
}

std::vector<double> divided_weights(const std::vector<double>& weights, const std::vector<float>& factors) {
  std::vector<double> result = weights;
  for (std::size_t c = 0; c < factors.size(); ++c)
    result[c] /= static_cast<double>(factors[c]) * static_cast<double>(factors[c]);
  return result;
}

}  // namespace hedge::quantize
