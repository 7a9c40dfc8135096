// What follows a product happens while its sums are still in registers: a constant factor or addend goes into weights
// and bias, another tensor becomes the residual, an activation the epilogue.
#include <algorithm>
#include <limits>
#include <optional>

#include "compile/rewrite.h"
#include "compile/weight_scales.h"

namespace hedge::compile {
namespace {

/// Nothing fused yet that would have to come after what is fused now.
bool is_bare(const Node& node) { return !node.attributes.has("activation") && !node.has_input(3); }

struct Operands {
  ValueId product = ValueId::kNone;
  ValueId other = ValueId::kNone;
};

/// A binary node over the only use of a product's output.
std::optional<Operands> product_operand(const Graph& graph, const Node& node, bool allow_second) {
  for (const int k : {0, 1}) {
    if (k == 1 && !allow_second) break;
    if (node.inputs.size() == 2 && is_product(graph.producer_of(node.input(k))) &&
        graph.has_single_consumer(node.input(k)))
      return Operands{node.input(k), node.input(1 - k)};
  }
  return std::nullopt;
}

ValueId rebuild(Graph& graph, const Node& product, std::vector<ValueId> inputs, op::Attributes attributes,
                const std::string& name) {
  return add_hedge_node(graph, product.op_type, std::move(inputs), std::move(attributes), name);
}

std::int64_t channels_of(const Graph& graph, const Node& product) {
  const Shape& w = graph.value(product.input(1)).type.shape;
  return w[w.rank() - 1];
}

/// Weights and bias with scale and shift applied.
ValueId fold_affine(Graph& graph, const Node& product, const std::vector<float>& scale, const std::vector<float>& shift,
                    const std::string& name) {
  const std::int64_t channels = channels_of(graph, product);
  Tensor weights = *graph.constant(product.input(1));
  Tensor bias(DType::kF32, Shape{channels});
  const auto w = weights.as<float>();
  for (std::size_t k = 0; k < w.size(); ++k) w[k] *= scale[k % static_cast<std::size_t>(channels)];
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
    const float old = product.has_input(2) ? graph.constant(product.input(2))->as<float>()[c] : 0.0f;
    bias.as<float>()[c] = old * scale[c] + shift[c];
  }
  op::Attributes attributes = product.attributes;
  multiply_weight_scales(attributes, scale);
  return rebuild(graph, product,
                 {product.input(0), graph.add_constant(name + "_w", std::move(weights)),
                  graph.add_constant(name + "_b", std::move(bias))},
                 std::move(attributes), name);
}

ValueId fuse_constant(Graph& graph, const Node& node) {
  if (!is_any(node, "Add", "Sub", "Mul", "Div")) return ValueId::kNone;
  const bool commutes = is_any(node, "Add", "Mul");
  const auto operands = product_operand(graph, node, commutes);
  if (!operands) return ValueId::kNone;
  const Node product = *graph.producer_of(operands->product);
  const std::int64_t channels = channels_of(graph, product);
  std::vector<float> value = per_channel(graph, operands->other, channels);
  if (value.empty() || !is_bare(product) || !(graph.value(node.output()).type == graph.value(operands->product).type) ||
      float_constant(graph, product.input(1)) == nullptr ||
      (product.has_input(2) && float_constant(graph, product.input(2)) == nullptr))
    return ValueId::kNone;
  const std::vector<float> ones(value.size(), 1.0f), zeros(value.size(), 0.0f);
  const std::string name = graph.value(node.output()).name;
  if (is_any(node, "Mul")) return fold_affine(graph, product, value, zeros, name);
  if (is_any(node, "Div")) {
    for (float& x : value) x = 1 / x;
    return fold_affine(graph, product, value, zeros, name);
  }
  if (is_any(node, "Sub"))
    for (float& x : value) x = -x;
  return fold_affine(graph, product, ones, value, name);
}

/// Position in execution order: of two convolutions, the later one takes the other as its residual.
ValueId fuse_residual(Graph& graph, const Node& node) {
  if (!is_any(node, "Add") || node.inputs.size() != 2 || node.input(0) == node.input(1)) return ValueId::kNone;
  const std::vector<NodeId> order = graph.nodes();
  ValueId best = ValueId::kNone, residual = ValueId::kNone;
  std::ptrdiff_t best_at = -1;
  for (const int k : {0, 1}) {
    const ValueId candidate = node.input(k), rest = node.input(1 - k);
    const Node* conv = graph.producer_of(candidate);
    if (conv == nullptr || !conv->is_hedge("Conv") || conv->has_input(3) || !graph.has_single_consumer(candidate) ||
        graph.is_constant(rest) || !(graph.value(rest).type == graph.value(candidate).type))
      continue;
    const auto at = std::ranges::find(order, graph.value(candidate).producer) - order.begin();
    if (at > best_at) {
      best_at = at;
      best = candidate;
      residual = rest;
    }
  }
  if (best == ValueId::kNone) return ValueId::kNone;
  const Node conv = *graph.producer_of(best);
  op::Attributes attributes = conv.attributes;
  if (attributes.has("activation")) attributes.set("residual_after_activation", std::int64_t{1});
  return rebuild(graph, conv, {conv.input(0), conv.input(1), conv.input(2), residual}, std::move(attributes),
                 graph.value(node.output()).name);
}

struct Fused {
  std::string activation;
  float alpha = 0, beta = 0;
};

std::optional<Fused> activation_of(const Graph& graph, const Node& node) {
  if (node.is_hedge("Silu")) return Fused{"silu"};
  if (is_any(node, "Relu")) return Fused{"relu"};
  if (is_any(node, "Sigmoid")) return Fused{"sigmoid"};
  if (is_any(node, "Tanh")) return Fused{"tanh"};
  if (is_any(node, "HardSwish")) return Fused{"hard_swish"};
  if (is_any(node, "LeakyRelu")) return Fused{"leaky_relu", node.attributes.real("alpha", 0.01f)};
  if (is_any(node, "HardSigmoid"))
    return Fused{"hard_sigmoid", node.attributes.real("alpha", 0.2f), node.attributes.real("beta", 0.5f)};
  if (is_any(node, "Gelu") && node.attributes.string("approximate", "none") == "none") return Fused{"gelu"};
  if (!is_any(node, "Clip")) return std::nullopt;
  Fused clip{"clip", std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max()};
  if (node.opset < 11) {
    clip.alpha = node.attributes.real("min", clip.alpha);
    clip.beta = node.attributes.real("max", clip.beta);
    return clip;
  }
  for (const int k : {1, 2}) {
    if (!node.has_input(k)) continue;
    const Tensor* bound = float_constant(graph, node.input(k));
    if (bound == nullptr) return std::nullopt;
    (k == 1 ? clip.alpha : clip.beta) = bound->as<float>()[0];
  }
  return clip;
}

ValueId fuse_activation(Graph& graph, const Node& node) {
  const Node* before = node.inputs.empty() ? nullptr : graph.producer_of(node.input(0));
  if (!is_product(before) || before->attributes.has("activation") || !graph.has_single_consumer(node.input(0)))
    return ValueId::kNone;
  const auto fused = activation_of(graph, node);
  if (!fused) return ValueId::kNone;
  const Node product = *before;
  op::Attributes attributes = product.attributes;
  attributes.set("activation", fused->activation);
  attributes.set("alpha", fused->alpha);
  attributes.set("beta", fused->beta);
  return rebuild(graph, product, product.inputs, std::move(attributes), graph.value(node.output()).name);
}

}  // namespace

int fuse_epilogues(Graph& graph) {
  int changes = 0;
  // Constants first, then activations, then residuals, and activations again after them. A relu after a sum belongs to
  // the sum, so it is not taken by the convolution before: that one has no activation of its own then.
  for (const auto fuse : {fuse_constant, fuse_activation, fuse_residual, fuse_activation}) {
    for (const NodeId id : graph.nodes()) {
      if (!graph.node(id).alive || graph.node(id).outputs.size() != 1) continue;
      const Node node = graph.node(id);
      const ValueId result = fuse(graph, node);
      if (result == ValueId::kNone) continue;
      changes += graph.replace_uses(node.output(), result) ? 1 : 0;
      graph.erase_dead_nodes();  // the old product must not count as a reader of its operands
    }
    const Status sorted = graph.sort();
    HEDGE_CHECK(sorted.has_value());
  }
  return changes;
}

}  // namespace hedge::compile
