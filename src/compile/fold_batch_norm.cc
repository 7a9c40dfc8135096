// y = scale * (conv(x) - mean) / sqrt(var + eps) + shift: scale / sqrt(var + eps) goes into the weights, the rest into
// the bias. Without a convolution before it: one multiply and one add.
#include <cmath>

#include "compile/rewrite.h"
#include "compile/weight_scales.h"

namespace hedge::compile {
namespace {

struct Affine {
  std::vector<float> scale, shift;
};

bool read_affine(const Graph& graph, const Node& node, Affine& affine) {
  const Tensor* operands[4];
  for (int k = 0; k < 4; ++k)
    if ((operands[k] = float_constant(graph, node.input(k + 1))) == nullptr) return false;
  const double epsilon = node.attributes.real("epsilon", 1e-5f);
  for (std::size_t c = 0; c < operands[0]->as<float>().size(); ++c) {
    const auto at = [&](int k) { return static_cast<double>(operands[k]->as<float>()[c]); };
    const double scale = at(0) / std::sqrt(at(3) + epsilon);
    affine.scale.push_back(static_cast<float>(scale));
    affine.shift.push_back(static_cast<float>(at(1) - at(2) * scale));
  }
  return true;
}

/// The convolution whose only reader is this node, with constant weights; null if there is none.
const Node* convolution_before(const Graph& graph, const Node& node) {
  const Node* conv = graph.producer_of(node.input(0));
  if (conv == nullptr || !is_any(*conv, "Conv") || !graph.has_single_consumer(node.input(0))) return nullptr;
  if (float_constant(graph, conv->input(1)) == nullptr) return nullptr;
  return conv->has_input(2) && float_constant(graph, conv->input(2)) == nullptr ? nullptr : conv;
}

ValueId fold_into(Graph& graph, const Node& conv, const Affine& affine) {
  Tensor weights = *graph.constant(conv.input(1));
  const auto channels = static_cast<std::int64_t>(affine.scale.size());
  Tensor bias(DType::kF32, Shape{channels});
  const auto w = weights.as<float>();
  const std::size_t run = w.size() / affine.scale.size();
  for (std::size_t c = 0; c < affine.scale.size(); ++c) {
    for (std::size_t k = 0; k < run; ++k) w[c * run + k] *= affine.scale[c];
    const float old = conv.has_input(2) ? graph.constant(conv.input(2))->as<float>()[c] : 0.0f;
    bias.as<float>()[c] = old * affine.scale[c] + affine.shift[c];
  }
  const std::string name = graph.value(conv.output()).name;
  const ValueId w_id = graph.add_constant(name + "_w", std::move(weights)),
                b_id = graph.add_constant(name + "_b", std::move(bias));
  op::Attributes attributes = conv.attributes;
  multiply_weight_scales(attributes, affine.scale);
  return add_node(graph, "Conv", {conv.input(0), w_id, b_id}, std::move(attributes), name);
}

ValueId multiply_add(Graph& graph, const Node& node, const Affine& affine) {
  Shape shape;
  const int rank = graph.value(node.input(0)).type.shape.rank();
  for (int axis = 0; axis < rank; ++axis)
    shape.push_back(axis == 1 ? static_cast<std::int64_t>(affine.scale.size()) : 1);
  const ValueId scale = graph.add_constant(node.name + "_scale", Tensor::of<float>(shape, affine.scale));
  const ValueId shift = graph.add_constant(node.name + "_shift", Tensor::of<float>(shape, affine.shift));
  const ValueId product = add_node(graph, "Mul", {node.input(0), scale}, {}, node.name + "_scaled");
  return add_node(graph, "Add", {product, shift}, {}, node.name + "_shifted");
}

}  // namespace

int fold_batch_norm(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    const Node node = graph.node(id);
    if (!is_any(node, "BatchNormalization")) continue;
    Affine affine;
    if (!read_affine(graph, node, affine) || affine.scale.empty()) continue;
    const Node* before = convolution_before(graph, node);
    const ValueId result =
        before != nullptr ? fold_into(graph, Node(*before), affine) : multiply_add(graph, node, affine);
    changes += graph.replace_uses(node.output(), result) ? 1 : 0;
  }
  return changes;
}

}  // namespace hedge::compile
