#include "quantize/channel_weights.h"

#include <algorithm>

#include "quantize/weights.h"

namespace hedge::quantize {
namespace {

std::size_t channels_of(const Shape& shape) {
  const int axis = channel_axis(shape);
  return axis < 0 ? 1 : static_cast<std::size_t>(shape[axis]);
}

bool is_any_of(const Node& node, std::initializer_list<std::string_view> names) {
  return node.domain.empty() && std::ranges::find(names, node.op_type) != names.end();
}

/// Output channel k depends on input channel k alone (or, for sums, passes its error on).
bool keeps_channels(const Node& node) {
  return is_any_of(node, {"Relu", "LeakyRelu", "Clip", "Sigmoid", "HardSwish", "Tanh", "HardSigmoid", "Gelu", "Add",
                          "MaxPool", "AveragePool", "GlobalAveragePool", "ReduceMean", "Resize", "Pad", "Mul"});
}

}  // namespace

std::vector<std::vector<double>> weight_energies(const Graph& graph, const Product& product, std::size_t channels) {
  const Node& node = graph.node(product.node);
  const Tensor& w = *graph.constant(node.input(1));
  const ChannelWalk output_of(w.shape(), product.weight_axis);
  const std::vector<std::size_t> input_of = input_channels(node, w.shape(), product.weight_axis, channels);
  std::vector<std::vector<double>> energies(output_of.length, std::vector<double>(channels, 0.0));
  const auto values = w.as<float>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (input_of[i] < channels)
      energies[output_of(i)][input_of[i]] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return energies;
}

std::vector<double> ChannelWeights::plain(ValueId value, std::size_t channels) const {
  const auto found = statistics_.find(value);
  double energy = 0;
  if (found != statistics_.end()) {
    for (std::size_t c = 0; c < found->second.channels.size(); ++c) energy += found->second.energy(c);
    energy /= static_cast<double>(std::max<std::size_t>(found->second.channels.size(), 1));
  }
  return std::vector<double>(channels, 1 / (static_cast<double>(channels) * std::max(energy, 1e-12)));
}

std::vector<double> ChannelWeights::at_product(const Product& product, std::size_t channels) const {
  std::vector<double> weights(channels, 0.0);
  const auto energies = weight_energies(graph_, product, channels);
  const auto found = statistics_.find(product.output);
  if (found == statistics_.end()) return weights;
  const Statistics& outputs = found->second;
  double mean = 0;
  for (std::size_t o = 0; o < energies.size(); ++o) mean += outputs.energy(std::min(o, outputs.channels.size() - 1));
  mean /= static_cast<double>(energies.size());
  for (std::size_t o = 0; o < energies.size(); ++o) {
    // A dead output must not rule: its energy counts as at least a thousandth of the mean.
    const double signal = std::max({outputs.energy(std::min(o, outputs.channels.size() - 1)), mean * 1e-3, 1e-12});
    for (std::size_t c = 0; c < channels; ++c)
      weights[c] += energies[o][c] / signal / static_cast<double>(energies.size());
  }
  return weights;
}

const std::vector<double>& ChannelWeights::of(ValueId value) {
  if (const auto found = known_.find(value); found != known_.end()) return found->second;
  return known_[value] = compute(value);
}

std::vector<double> ChannelWeights::compute(ValueId value) {
  const std::size_t channels = channels_of(graph_.value(value).type.shape);
  std::vector<double> weights(channels, 0.0);
  const auto add = [&](const std::vector<double>& more, std::size_t first = 0) {
    for (std::size_t c = 0; c < channels && first + c < more.size(); ++c) weights[c] += more[first + c];
  };
  for (const NodeId id : graph_.consumers(value)) {
    const Node& node = graph_.node(id);
    if (node.outputs.size() != 1) {
      add(plain(value, channels));
      continue;
    }
    const ValueId out = node.output();
    const Shape& shape = graph_.value(out).type.shape;
    if (const Product* product = topology_.product_of(id); product != nullptr) {
      add(at_product(*product, channels));
    } else if (keeps_channels(node) && channels_of(shape) == channels) {
      add(of(out));
    } else if (is_any_of(node, {"Reshape", "Flatten", "Squeeze"}) && channels_of(shape) == channels &&
               shape.elements() == static_cast<std::int64_t>(channels)) {
      add(of(out));
    } else if (node.is("Concat") && shape.rank() >= 2 &&
               (node.attributes.integer("axis", 1) + shape.rank()) % shape.rank() == 1) {
      std::size_t first = 0;
      for (const ValueId input : node.inputs) {
        if (input == value) add(of(out), first);
        first += channels_of(graph_.value(input).type.shape);
      }
    } else {
      add(plain(value, channels));
    }
  }
  if (graph_.is_graph_output(value)) add(plain(value, channels));
  return weights;
}

}  // namespace hedge::quantize
