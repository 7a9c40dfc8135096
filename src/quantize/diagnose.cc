#include "quantize/diagnose.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quantize/weights.h"

namespace hedge::quantize {
namespace {

constexpr std::int64_t kSamplesMax = 8;

double decibel(double signal, double noise) {
  if (!(noise > 0)) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(std::max(signal, 1e-30) / noise);
}

double weight_sqnr(const Graph& graph, const Product& product) {
  const Tensor& w = *graph.constant(graph.node(product.node).input(1));
  const QuantizedWeights quantized = quantize_weights(w, product.weight_axis);
  const ChannelWalk channel_of(w.shape(), product.weight_axis);
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < w.as<float>().size(); ++i) {
    const double real = static_cast<double>(w.as<float>()[i]),
                 difference = real - static_cast<double>(quantized.real(i, channel_of(i)));
    signal += real * real;
    noise += difference * difference;
  }
  return decibel(signal, noise < signal * 1e-13 ? 0 : noise);  // floats that were integers come back to the last bit
}

/// The value behind a product that both graphs hold: bytes dequantized, or the sums of the last products.
struct Watched {
  std::size_t layer;
  ValueId real, quantized;
  std::vector<float> factors;  ///< that the quantized one is multiplied by, a channel
};

}  // namespace

Result<std::vector<LayerNoise>> measure_noise(const Graph& graph, const Graph& quantized, const Plan& plan,
                                              const Samples& samples) {
  std::vector<LayerNoise> layers;
  std::vector<Watched> watched;
  Graph real = graph, bytes = quantized;
  real.outputs.clear();
  bytes.outputs.clear();
  for (const Product& product : plan.topology.products) {
    layers.push_back({product.name, std::nullopt, weight_sqnr(graph, product)});
    const auto site = plan.topology.sites_behind.find(product.node);
    // Where a table follows, its answer counts: what the table does not care for may be as wrong as it likes.
    const ValueId value = plan.sites.contains(product.activated)     ? product.activated
                          : site != plan.topology.sites_behind.end() ? site->second
                                                                     : product.output;
    if (std::ranges::find(real.outputs, value) != real.outputs.end()) continue;
    const std::string& name = graph.value(value).name;
    ValueId stored = quantized.find_value(name + "_balanced_dequantized");
    if (stored == ValueId::kNone) stored = quantized.find_value(name + "_dequantized");
    if (stored == ValueId::kNone) stored = quantized.find_value(name);
    if (stored == ValueId::kNone || std::ranges::find(bytes.outputs, stored) != bytes.outputs.end()) continue;
    const auto planned = plan.sites.find(value);
    watched.push_back({layers.size() - 1, value, stored,
                       planned != plan.sites.end() ? planned->second.factors : std::vector<float>()});
    real.outputs.push_back(value);
    bytes.outputs.push_back(stored);
  }
  if (watched.empty()) return layers;
  const Samples few{std::min(samples.count, kSamplesMax), samples.at};
  std::vector<std::vector<Tensor>> expected;
  TRY(run_on_samples(real, few, [&](std::int64_t, std::vector<Tensor> outputs) -> Status {
    expected.push_back(std::move(outputs));
    return {};
  }));
  std::vector<double> signal(watched.size(), 0), noise(watched.size(), 0);
  TRY(run_on_samples(bytes, few, [&](std::int64_t k, std::vector<Tensor> outputs) -> Status {
    for (std::size_t i = 0; i < watched.size(); ++i) {
      const Tensor &wanted = expected[static_cast<std::size_t>(k)][i], &given = outputs[i];
      const auto channels = watched[i].factors.size();
      const std::size_t plane = channels > 0 ? given.as<float>().size() / channels : 1;
      for (std::size_t e = 0; e < wanted.as<float>().size(); ++e) {
        const double factor = channels > 0 ? static_cast<double>(watched[i].factors[e / plane % channels]) : 1.0;
        const double w = static_cast<double>(wanted.as<float>()[e]),
                     g = static_cast<double>(given.as<float>()[e]) / factor;
        signal[i] += w * w;
        noise[i] += (w - g) * (w - g);
      }
    }
    return {};
  }));
  for (std::size_t i = 0; i < watched.size(); ++i)
    layers[watched[i].layer].output_sqnr_db = decibel(signal[i], noise[i]);
  return layers;
}

}  // namespace hedge::quantize
