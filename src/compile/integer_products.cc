// DequantizeLinear -> convolution or product (bias, residual, activation fused) -> [* factor] -> QuantizeLinear becomes
// one hedge.QConv. docs/int8.md has the arithmetic and the units.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "compile/integer_rules.h"
#include "compile/rewrite.h"
#include "compile/weight_scales.h"
#include "kernel/activation.h"
#include "op/hedge/quant.h"

namespace hedge::compile {
namespace {

using kernel::Activation;

/// What the model computes, read off the graph.
struct Product {
  const Node* node = nullptr;
  Dequantized x;
  std::optional<Dequantized> residual;
  bool residual_last = false;
  Activation activation = Activation::kNone;
  float alpha = 0, beta = 0;
  std::vector<float> factors;  ///< a multiplication after all that, one a channel; empty: none
};

/// Reads a product whose operands are bytes and integer weights.
std::optional<Product> product_at(const Graph& graph, const Node& node) {
  Product product;
  if (!node.attributes.has(kWeightScales) || float_constant(graph, node.input(1)) == nullptr ||
      (node.has_input(2) && float_constant(graph, node.input(2)) == nullptr))
    return std::nullopt;
  const auto x = dequantized(graph, node.input(0));
  const auto activation = kernel::parse_activation(node.attributes.string("activation", "none"));
  if (!x || !activation) return std::nullopt;
  if (node.has_input(3)) {
    product.residual = dequantized(graph, node.input(3));
    if (!product.residual) return std::nullopt;
  }
  product.node = &node;
  product.x = *x;
  product.activation = *activation;
  product.alpha = node.attributes.real("alpha", 0);
  product.beta = node.attributes.real("beta", 0);
  product.residual_last = node.attributes.integer("residual_after_activation", 0) != 0;
  return product;
}

/// The product, and the multiplication behind it, that only the QuantizeLinear of `value` reads.
std::optional<Product> product_before(const Graph& graph, ValueId value) {
  std::vector<float> factors;
  if (!graph.has_single_consumer(value)) return std::nullopt;
  const Node* node = graph.producer_of(value);
  if (node == nullptr) return std::nullopt;
  if (is_any(*node, "Mul")) {
    const Shape& shape = graph.value(value).type.shape;
    for (const int k : {0, 1}) {
      const ValueId operand = node->input(k);
      if (!is_product(graph.producer_of(operand)) || !graph.has_single_consumer(operand) ||
          !(graph.value(operand).type.shape == shape))
        continue;
      factors = per_channel(graph, node->input(1 - k), shape[shape.rank() - 1]);
      if (factors.empty()) return std::nullopt;
      node = graph.producer_of(operand);
      break;
    }
  }
  if (!is_product(node)) return std::nullopt;
  auto product = product_at(graph, *node);
  if (product) product->factors = std::move(factors);
  return product;
}

/// The constants of the last step.
struct LastStep {
  std::vector<float> scale, gain;  ///< gain empty: none
  kernel::QuantEpilogue epilogue{.y_high = 255};
};

/// Relu and its kin commute with a positive factor, so they can count in steps of y.
bool is_homogeneous(const Product& product) {
  const bool positive = std::ranges::all_of(product.factors, [](float f) { return f > 0; });
  switch (product.activation) {
    case Activation::kNone: return true;
    case Activation::kRelu:
    case Activation::kLeakyRelu: return positive;
    case Activation::kClip: return product.factors.empty();
    default: return false;
  }
}

std::optional<LastStep> last_step(const Product& product, std::span<const float> weight_scales, const Quantization& y) {
  LastStep step;
  kernel::QuantEpilogue& epilogue = step.epilogue;
  epilogue.activation = product.activation;
  epilogue.alpha = product.alpha;
  epilogue.beta = product.beta;
  epilogue.y_zero = y.zero;
  const bool factored = !product.factors.empty();
  if (factored && product.residual && product.residual_last) return std::nullopt;
  const bool counts_steps = is_homogeneous(product) && !(factored && product.residual);
  const double unit = counts_steps ? static_cast<double>(y.scale) : 1.0;
  for (std::size_t c = 0; c < weight_scales.size(); ++c) {
    const double factor = factored ? static_cast<double>(product.factors[c]) : 1.0;
    const double real = static_cast<double>(product.x.quantization.scale) * static_cast<double>(weight_scales[c]);
    step.scale.push_back(static_cast<float>(counts_steps ? real * factor / unit : real));
    if (!counts_steps) step.gain.push_back(static_cast<float>(factor / static_cast<double>(y.scale)));
  }
  if (product.residual) {
    const double last = product.residual_last ? static_cast<double>(y.scale) : unit;
    epilogue.residual_scale = static_cast<float>(static_cast<double>(product.residual->quantization.scale) / last);
    epilogue.residual_zero = product.residual->quantization.zero;
    epilogue.residual_last = product.residual_last;
  }
  if (!counts_steps) return step;
  if (product.residual && product.residual_last) {
    if (product.activation == Activation::kClip) {
      // No bound is the largest float, and stays it.
      constexpr float kMost = std::numeric_limits<float>::max();
      epilogue.alpha = std::clamp(product.alpha / y.scale, -kMost, kMost);
      epilogue.beta = std::clamp(product.beta / y.scale, -kMost, kMost);
    }
    return step;
  }
  if (product.activation == Activation::kRelu) {
    epilogue.activation = Activation::kNone;
    epilogue.y_low = y.zero;
  } else if (product.activation == Activation::kClip) {
    epilogue.activation = Activation::kNone;
    epilogue.y_low = y.quantize(static_cast<double>(product.alpha));
    epilogue.y_high = y.quantize(static_cast<double>(product.beta));
    if (epilogue.y_low > epilogue.y_high) return std::nullopt;
  }
  return step;
}

/// A dead channel may have weights near zero beside an ordinary bias, which then is too many of its steps. Its weights
/// become multiples of a coarser step: what they lose is far below what the bias rounds to.
void coarsen_weights(std::span<const double> bias, double x_scale, Tensor& q, std::vector<float>& weight_scales) {
  constexpr double kBiasMax = 1 << 30;
  const std::size_t channels = bias.size();
  if (weight_scales.size() != channels) weight_scales.resize(channels, weight_scales[0]);
  for (std::size_t c = 0; c < channels; ++c) {
    const double step = x_scale * static_cast<double>(weight_scales[c]);
    if (!(std::abs(bias[c]) > kBiasMax * step) || std::isinf(bias[c])) continue;
    const double coarse = std::abs(bias[c]) / kBiasMax;
    const auto weights = q.as<std::int8_t>();
    for (std::size_t i = c; i < weights.size(); i += channels)
      weights[i] = static_cast<std::int8_t>(std::nearbyint(weights[i] * (step / coarse)));
    weight_scales[c] = static_cast<float>(coarse / x_scale);
  }
}

/// Bias in steps of the sum, the zero point of x in it; nothing where a sum could leave 31 bits.
std::optional<Tensor> integer_bias(std::span<const double> bias, const Quantization& x, const Tensor& q,
                                   std::span<const float> weight_scales) {
  const std::size_t channels = bias.size();
  std::vector<std::int64_t> sums(channels, 0), sizes(channels, 0);
  const auto weights = q.as<std::int8_t>();
  for (std::size_t begin = 0; begin < weights.size(); begin += channels)
    for (std::size_t c = 0; c < channels; ++c) {
      sums[c] += weights[begin + c];
      sizes[c] += std::abs(std::int64_t{weights[begin + c]});
    }
  Tensor result(DType::kI32, Shape{static_cast<std::int64_t>(channels)});
  for (std::size_t c = 0; c < channels; ++c) {
    const double step = static_cast<double>(x.scale) * static_cast<double>(weight_scales[c]);
    const double total = std::nearbyint(bias[c] / step) - static_cast<double>(x.zero * sums[c]);
    if (!(std::abs(total) + 255.0 * static_cast<double>(sizes[c]) < 2147483647.0)) return std::nullopt;
    result.as<std::int32_t>()[c] = static_cast<std::int32_t>(total);
  }
  return result;
}

/// Everything that a hedge.QConv is made of.
struct Parts {
  ValueId x = ValueId::kNone, residual = ValueId::kNone;
  Tensor q, bias;
  LastStep step;
  op::Attributes attributes;  ///< window and group
  std::int32_t x_zero = 0;
};

/// kNone where the operator refuses: more products for a sum than it takes, a scale that is no float.
ValueId add_qconv(Graph& graph, Parts parts, const std::string& name) {
  const std::int64_t channels = parts.q.shape()[parts.q.shape().rank() - 1];
  const auto floats = [&](const char* suffix, const std::vector<float>& values) {
    return graph.add_constant(name + suffix, Tensor::of<float>(Shape{channels}, std::span<const float>(values)));
  };
  parts.attributes.set("x_zero", std::int64_t{parts.x_zero});
  op::set_quant_epilogue(parts.attributes, parts.step.epilogue);
  std::vector<ValueId> inputs{parts.x, graph.add_constant(name + "_w", std::move(parts.q)),
                              graph.add_constant(name + "_b", std::move(parts.bias)),
                              floats("_scale", parts.step.scale)};
  if (!parts.step.gain.empty() || parts.residual != ValueId::kNone)
    inputs.push_back(parts.step.gain.empty() ? ValueId::kNone : floats("_gain", parts.step.gain));
  if (parts.residual != ValueId::kNone) inputs.push_back(parts.residual);
  return try_hedge_node(graph, "QConv", std::move(inputs), std::move(parts.attributes), name);
}

std::vector<double> as_doubles(const Tensor* values, std::size_t count) {
  std::vector<double> result(count, 0.0);
  if (values != nullptr) std::ranges::copy(values->as<float>(), result.begin());
  return result;
}

/// The hedge.QConv of a product, its last step as `step_of(weight scales)` says.
template <class StepOf>
std::vector<ValueId> add_product(Graph& graph, const Product& product, StepOf&& step_of) {
  const Node node = *product.node;
  const Tensor& w = *graph.constant(node.input(1));
  const Shape y_shape = graph.value(node.output()).type.shape;
  if (w.shape().elements() == 0 || graph.value(product.x.bytes).type.elements() == 0) return {};
  const auto held = node.attributes.reals(kWeightScales);
  std::vector<float> scales(held.begin(), held.end());
  auto q = integer_weights(w, scales);
  if (!q) return {};
  const auto channels = static_cast<std::size_t>(w.shape()[w.shape().rank() - 1]);
  const std::vector<double> real_bias = as_doubles(graph.constant(node.input(2)), channels);
  coarsen_weights(real_bias, static_cast<double>(product.x.quantization.scale), *q, scales);
  const std::optional<LastStep> step = step_of(scales);
  auto bias = integer_bias(real_bias, product.x.quantization, *q, scales);
  if (!step || !bias) return {};
  Parts parts{.x = product.x.bytes,
              .residual = product.residual ? product.residual->bytes : ValueId::kNone,
              .q = std::move(*q),
              .bias = std::move(*bias),
              .step = *step,
              .x_zero = product.x.quantization.zero};
  for (const std::string_view window : {"strides", "pads", "dilations"})
    if (const auto list = node.attributes.integers(window); !list.empty())
      parts.attributes.set(window, std::vector<std::int64_t>(list.begin(), list.end()));
  parts.attributes.set("group", node.attributes.integer("group", 1));
  const std::string name = graph.value(node.output()).name;
  if (!node.is_hedge("Gemm")) return replacement(add_qconv(graph, std::move(parts), name));
  const std::int64_t depth = w.shape()[0];  // rows are pixels
  parts.x = add_reshape(graph, parts.x, Shape{graph.value(parts.x).type.elements() / depth, 1, 1, depth});
  parts.q = std::move(parts.q).reshaped(Shape{1, 1, depth, static_cast<std::int64_t>(channels)});
  const ValueId y = add_qconv(graph, std::move(parts), name);
  return replacement(y == ValueId::kNone ? y : add_reshape(graph, y, y_shape));
}

}  // namespace

std::vector<ValueId> integer_product(Graph& graph, const Node& quantize) {
  const auto product = product_before(graph, quantize.input(0));
  if (!product) return {};
  const Quantization y = *quantization_of(graph, quantize);
  return add_product(graph, *product, [&](std::span<const float> scales) { return last_step(*product, scales, y); });
}

std::vector<ValueId> real_product(Graph& graph, const Node& node) {
  if (!is_product(&node) || node.has_input(3)) return {};
  const auto product = product_at(graph, node);
  if (!product) return {};
  return add_product(graph, *product, [&](std::span<const float> scales) -> std::optional<LastStep> {
    LastStep step;
    for (const float scale : scales) step.scale.push_back(product->x.quantization.scale * scale);
    step.epilogue.activation = product->activation;
    step.epilogue.alpha = product->alpha;
    step.epilogue.beta = product->beta;
    step.epilogue.real = true;
    return step;
  });
}

// x * factor + shift (a BatchNormalization that found no convolution to go into) is a depthwise convolution of 1 x 1
// whose weights are all 127 or -127: exact.
std::vector<ValueId> integer_affine(Graph& graph, const Node& quantize) {
  const Quantization y = *quantization_of(graph, quantize);
  Product product;
  const Node* node = graph.producer_of(quantize.input(0));
  if (node == nullptr || !graph.has_single_consumer(quantize.input(0))) return {};
  if (is_any(*node, "Relu") && graph.has_single_consumer(node->input(0))) {
    product.activation = Activation::kRelu;
    node = graph.producer_of(node->input(0));
  }
  const Shape shape = graph.value(quantize.input(0)).type.shape;
  if (shape.rank() != 4 || shape.elements() == 0) return {};
  const std::int64_t channels = shape[3];
  std::vector<float> factor(static_cast<std::size_t>(channels), 1.0f), shift(static_cast<std::size_t>(channels), 0.0f);
  ValueId source = ValueId::kNone;
  for (const std::string_view op : {"Add", "Mul"}) {
    if (node == nullptr || !is_any(*node, op)) continue;
    const int k = float_constant(graph, node->input(1)) != nullptr ? 1 : 0;
    const std::vector<float> values = per_channel(graph, node->input(k), channels);
    source = node->input(1 - k);
    if (values.empty() || !(graph.value(source).type.shape == shape)) return {};
    (op == "Add" ? shift : factor) = values;
    node = graph.has_single_consumer(source) ? graph.producer_of(source) : nullptr;
  }
  const auto x = source != ValueId::kNone ? dequantized(graph, source) : std::nullopt;
  if (!x) return {};
  product.x = *x;
  Tensor q(DType::kI8, Shape{1, 1, 1, channels});
  std::vector<float> scales;
  for (std::size_t c = 0; c < factor.size(); ++c) {
    q.as<std::int8_t>()[c] = static_cast<std::int8_t>(factor[c] < 0 ? -127 : factor[c] > 0 ? 127 : 0);
    scales.push_back(factor[c] != 0 ? std::abs(factor[c]) / 127 : 1.0f);
  }
  const std::vector<double> real_bias(shift.begin(), shift.end());
  coarsen_weights(real_bias, static_cast<double>(x->quantization.scale), q, scales);
  const auto step = last_step(product, scales, y);
  auto bias = integer_bias(real_bias, x->quantization, q, scales);
  if (!step || !bias) return {};
  Parts parts{
      .x = x->bytes, .q = std::move(q), .bias = std::move(*bias), .step = *step, .x_zero = x->quantization.zero};
  parts.attributes.set("group", channels);
  return replacement(add_qconv(graph, std::move(parts), graph.value(quantize.input(0)).name));
}

}  // namespace hedge::compile
