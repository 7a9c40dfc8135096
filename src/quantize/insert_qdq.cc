#include "quantize/insert_qdq.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/infer_types.h"
#include "graph/verify.h"
#include "quantize/channel_scales.h"
#include "quantize/weights.h"

namespace hedge::quantize {
namespace {

bool is_positive_homogeneous(const Node& node) { return node.is("Relu") || node.is("LeakyRelu"); }

class Inserter {
 public:
  Inserter(const Graph& graph, const AllStatistics& statistics, const Plan& plan, const InsertOptions& options)
      : source_(graph), statistics_(statistics), plan_(plan), options_(options), graph_(graph) {}

  Result<Graph> run() {
    for (const auto& [site, planned] : plan_.sites)
      if (!planned.factors.empty()) multiply_channels(site, planned.factors);
    for (const Product& product : plan_.topology.products)
      if (!product.in_float) quantize_product(product);
    for (const auto& [value, site] : plan_.topology.site_of)
      if (const auto planned = plan_.sites.find(site); planned != plan_.sites.end())
        insert_pair(replaced_.contains(value) ? replaced_.at(value) : value, planned->second.range);
    TRY(graph_.sort());
    TRY(graph::infer_types(graph_, {.fold = false}));
    TRY(graph::verify(graph_));
    return std::move(graph_);
  }

 private:
  int opset() { return graph_.opsets[""]; }

  /// x * factor in front of the bytes: in the weights of the product before it where its activation lets the factor
  /// through, else as a node; 1 / factor in the weights of the readers.
  void multiply_channels(ValueId site, const std::vector<float>& factors) {
    for (const Product* reader : channelwise_readers(source_, plan_.topology, site)) scale_inputs(*reader, factors);
    const Product& maker = *plan_.topology.product_of(plan_.topology.ended_by.at(site));
    const bool direct = maker.output == site;
    const bool through =
        !direct && maker.activated != site && is_positive_homogeneous(source_.node(source_.value(site).producer));
    if (direct || through) return scale_outputs(maker, factors);
    const auto channels = static_cast<std::int64_t>(factors.size());
    Shape shape;
    for (int axis = 0; axis < source_.value(site).type.shape.rank(); ++axis) shape.push_back(axis == 1 ? channels : 1);
    const std::string name = source_.value(site).name;
    const ValueId constant =
        graph_.add_constant(name + "_factors", Tensor::of<float>(shape, std::span<const float>(factors)));
    const ValueId product = graph_.add_value(name + "_balanced", source_.value(site).type);
    graph_.replace_uses(site, product);
    graph_.add_node(Node{.name = name + "_balance",
                         .op_type = "Mul",
                         .opset = opset(),
                         .inputs = {site, constant},
                         .outputs = {product}});
    replaced_[site] = product;
  }

  Tensor& weights_of(const Product& product) {
    const auto found = weights_.find(product.node);
    if (found != weights_.end()) return found->second;
    return weights_.emplace(product.node, *source_.constant(source_.node(product.node).input(1))).first->second;
  }
  std::vector<double>& bias_of(const Product& product) {
    const auto found = biases_.find(product.node);
    if (found != biases_.end()) return found->second;
    const Node& node = source_.node(product.node);
    const auto channels = static_cast<std::size_t>(weights_of(product).shape()[product.weight_axis]);
    std::vector<double> bias(channels, 0.0);
    if (node.has_input(2)) {
      const auto given = source_.constant(node.input(2))->as<float>();
      for (std::size_t c = 0; c < channels; ++c) bias[c] = static_cast<double>(given[given.size() == 1 ? 0 : c]);
    }
    return biases_.emplace(product.node, std::move(bias)).first->second;
  }

  void scale_inputs(const Product& product, const std::vector<float>& factors) {
    Tensor& w = weights_of(product);
    const std::vector<std::size_t> channel = channels_read(product, factors.size());
    for (std::size_t i = 0; i < channel.size(); ++i) w.as<float>()[i] /= factors[channel[i]];
  }
  void scale_outputs(const Product& product, const std::vector<float>& factors) {
    Tensor& w = weights_of(product);
    const ChannelWalk channel_of(w.shape(), product.weight_axis);
    for (std::size_t i = 0; i < w.as<float>().size(); ++i) w.as<float>()[i] *= factors[channel_of(i)];
    std::vector<double>& bias = bias_of(product);
    for (std::size_t c = 0; c < bias.size(); ++c) bias[c] *= static_cast<double>(factors[c]);
  }

  std::vector<std::size_t> channels_read(const Product& product, std::size_t channels) {
    return input_channels(source_.node(product.node), weights_of(product).shape(), product.weight_axis, channels);
  }

  void quantize_product(const Product& product) {
    const SitePlan* input = plan_.site(product.input);
    if (input == nullptr) return;  // its input stays in float, so would it
    const Tensor& w = weights_of(product);
    QuantizedWeights quantized = quantize_weights(w, product.weight_axis);
    if (options_.moments != nullptr)
      if (const auto found = options_.moments->find(product.node); found != options_.moments->end())
        round_with_feedback(source_.node(product.node), product, w, found->second, input->factors, quantized);
    if (options_.bias_correction) correct_bias(product, *input, quantized);
    const std::string name = source_.node(product.node).name;
    Node& node = graph_.node(product.node);
    const auto channels = static_cast<std::int64_t>(quantized.scales.size());
    const ValueId scale = graph_.add_constant(
        name + "_weight_scale", Tensor::of<float>(Shape{channels}, std::span<const float>(quantized.scales)));
    const ValueId weights = dequantize(graph_.add_constant(name + "_weight_quantized", quantized.q), scale,
                                       product.weight_axis, name + "_weight", {DType::kF32, w.shape()});
    graph_.node(product.node).inputs[1] = weights;
    if (node.is("MatMul")) return;
    const std::vector<double>& bias = bias_of(product);
    if (!source_.node(product.node).has_input(2) && std::ranges::all_of(bias, [](double b) { return b == 0; })) return;
    graph_.node(product.node).inputs.resize(3, ValueId::kNone);
    graph_.node(product.node).inputs[2] = integer_bias(name, bias, input->range.scale(), quantized.scales);
  }

  /// DequantizeLinear(i32): in steps of the sums. A bias beyond 31 bits stays in float.
  ValueId integer_bias(const std::string& name, const std::vector<double>& bias, float x_scale,
                       const std::vector<float>& weight_scales) {
    const auto channels = static_cast<std::int64_t>(bias.size());
    Tensor q(DType::kI32, Shape{channels}), real(DType::kF32, Shape{channels});
    std::vector<float> scales;
    bool fits = true;
    for (std::size_t c = 0; c < bias.size(); ++c) {
      scales.push_back(x_scale * weight_scales[c]);
      const double steps = std::nearbyint(bias[c] / static_cast<double>(scales[c]));
      fits &= std::abs(steps) < 2147483647.0;
      q.as<std::int32_t>()[c] = fits ? static_cast<std::int32_t>(steps) : 0;
      real.as<float>()[c] = static_cast<float>(bias[c]);
    }
    if (!fits) return graph_.add_constant(name + "_bias", std::move(real));
    const ValueId scale =
        graph_.add_constant(name + "_bias_scale", Tensor::of<float>(Shape{channels}, std::span<const float>(scales)));
    return dequantize(graph_.add_constant(name + "_bias_quantized", std::move(q)), scale, 0, name + "_bias",
                      {DType::kF32, Shape{channels}});
  }

  /// The mean error that rounded weights and clipped inputs would make in each output channel goes into the bias.
  void correct_bias(const Product& product, const SitePlan& input, const QuantizedWeights& quantized) {
    const ValueId site = plan_.topology.site_of.at(product.input);
    const auto found = statistics_.find(site);
    if (found == statistics_.end() || site != product.input) return;  // moved elements: their channels are others
    const Statistics statistics = input.factors.empty() ? found->second : multiplied(found->second, input.factors);
    std::vector<double> before, after;
    for (std::size_t c = 0; c < statistics.channels.size(); ++c) {
      before.push_back(statistics.mean(c));
      after.push_back(clipped_mean(statistics, c, input.range));
    }
    const Tensor& w = weights_of(product);
    const ChannelWalk channel_of(w.shape(), product.weight_axis);
    const std::vector<std::size_t> from = channels_read(product, before.size());
    std::vector<double>& bias = bias_of(product);
    for (std::size_t i = 0; i < w.as<float>().size(); ++i)
      bias[channel_of(i)] -= static_cast<double>(quantized.real(i, channel_of(i))) * after[from[i]] -
                             static_cast<double>(w.as<float>()[i]) * before[from[i]];
  }

  /// Of symmetric integers: no zero point.
  ValueId dequantize(ValueId q, ValueId scale, int axis, const std::string& name, TensorType type) {
    op::Attributes attributes;
    attributes.set("axis", std::int64_t{axis});
    const ValueId out = graph_.add_value(name + "_dequantized", type);
    graph_.add_node(Node{.name = name + "_dequantize",
                         .op_type = "DequantizeLinear",
                         .opset = opset(),
                         .attributes = std::move(attributes),
                         .inputs = {q, scale},
                         .outputs = {out}});
    return out;
  }

  void insert_pair(ValueId value, const Range& range) {
    const std::string name = graph_.value(value).name;
    const TensorType type = graph_.value(value).type;
    const ValueId scale = graph_.add_constant(name + "_scale", Tensor::scalar(range.scale()));
    const ValueId zero =
        graph_.add_constant(name + "_zero_point", Tensor::scalar(static_cast<std::uint8_t>(range.zero())));
    const ValueId bytes = graph_.add_value(name + "_quantized", {DType::kU8, type.shape});
    const ValueId back = graph_.add_value(name + "_dequantized", type);
    graph_.replace_uses(value, back);
    graph_.add_node(Node{.name = name + "_quantize",
                         .op_type = "QuantizeLinear",
                         .opset = opset(),
                         .inputs = {value, scale, zero},
                         .outputs = {bytes}});
    graph_.add_node(Node{.name = name + "_dequantize",
                         .op_type = "DequantizeLinear",
                         .opset = opset(),
                         .inputs = {bytes, scale, zero},
                         .outputs = {back}});
  }

  const Graph& source_;
  const AllStatistics& statistics_;
  const Plan& plan_;
  const InsertOptions& options_;
  Graph graph_;
  std::map<NodeId, Tensor> weights_;
  std::map<NodeId, std::vector<double>> biases_;
  std::map<ValueId, ValueId> replaced_;  ///< sites behind a factor node
};

}  // namespace

Result<Graph> insert_qdq(const Graph& graph, const AllStatistics& statistics, const Plan& plan,
                         const InsertOptions& options) {
  return Inserter(graph, statistics, plan, options).run();
}

}  // namespace hedge::quantize
