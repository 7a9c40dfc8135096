// A convolution of bytes and the small step behind it that alone reads its bytes, a factor and a shift a channel or a
// sum with another tensor, become one step: the bytes in between are rounded as before, but never go to memory.
// docs/int8.md, "Sequels".
#include <algorithm>

#include "compile/rewrite.h"
#include "op/hedge/quant.h"

namespace hedge::compile {
namespace {

using kernel::QSequel;
using kernel::QuantSequel;

constexpr std::size_t kGain = 4, kResidual = 5, kTable = 6, kOperands = 10;

/// The convolution whose bytes only the caller reads, and which has nothing yet that a sequel excludes; or null.
const Node* open_product(const Graph& graph, ValueId bytes) {
  const Node* node = graph.producer_of(bytes);
  if (node == nullptr || !node->is_hedge("QConv") || !graph.has_single_consumer(bytes)) return nullptr;
  const bool taken = node->has_input(kResidual) || node->has_input(kTable) || node->attributes.has("sequel") ||
                     node->attributes.integer("real", 0) != 0;
  return taken ? nullptr : node;
}

/// `product` with the sequel and its operands; kNone where the operator refuses.
ValueId with_sequel(Graph& graph, const Node& product, const QuantSequel& sequel,
                    std::initializer_list<std::pair<std::size_t, ValueId>> operands, ValueId y) {
  Node node = product;
  node.inputs.resize(kOperands, ValueId::kNone);
  for (const auto& [k, operand] : operands) node.inputs[k] = operand;
  while (node.inputs.back() == ValueId::kNone) node.inputs.pop_back();
  op::set_quant_sequel(node.attributes, sequel);
  return try_hedge_node(graph, "QConv", node.inputs, node.attributes, graph.value(y).name);
}

/// The bytes that a step's attributes say: zero point and bounds.
void set_bytes(const Node& node, QuantSequel& sequel) {
  sequel.y_zero = static_cast<std::int32_t>(node.attributes.integer("y_zero", 0));
  sequel.y_low = static_cast<std::int32_t>(node.attributes.integer("y_low", 0));
  sequel.y_high = static_cast<std::int32_t>(node.attributes.integer("y_high", 255));
}

/// A convolution of one channel each and one tap, with nothing but bounds behind it.
bool is_affine(const Graph& graph, const Node& node) {
  const Tensor* w = node.is_hedge("QConv") ? graph.constant(node.input(1)) : nullptr;
  if (w == nullptr || w->shape().elements(0, 3) != 1 || node.attributes.has("sequel") || node.has_input(kGain) ||
      node.has_input(kResidual) || node.has_input(kTable) || node.attributes.integer("real", 0) != 0 ||
      node.attributes.string("activation", "none") != "none")
    return false;
  const Shape &x = graph.value(node.input(0)).type.shape, &y = graph.value(node.output()).type.shape;
  const auto pads = node.attributes.integers("pads");
  return x == y && std::ranges::all_of(pads, [](std::int64_t pad) { return pad == 0; });
}

std::vector<ValueId> fuse_affine(Graph& graph, const Node& affine) {
  if (!is_affine(graph, affine)) return {};
  const Node* product = open_product(graph, affine.input(0));
  if (product == nullptr) return {};
  QuantSequel sequel{.kind = QSequel::kAffine};
  set_bytes(affine, sequel);
  const auto weights = graph.constant(affine.input(1))->as<std::int8_t>();
  const std::vector<std::int32_t> factors(weights.begin(), weights.end());
  const ValueId factor = graph.add_constant(
      "factor", Tensor::of<std::int32_t>(Shape{std::ssize(factors)}, std::span<const std::int32_t>(factors)));
  const ValueId y = with_sequel(graph, Node(*product), sequel,
                                {{7, factor}, {8, affine.input(2)}, {9, affine.input(3)}}, affine.output());
  return y == ValueId::kNone ? std::vector<ValueId>() : std::vector{y};
}

std::vector<ValueId> fuse_sum(Graph& graph, const Node& sum) {
  if (!sum.is_hedge("QAdd") || sum.input(0) == sum.input(1)) return {};
  const Shape& shape = graph.value(sum.output()).type.shape;
  for (const std::size_t own : {0, 1}) {
    const ValueId bytes = sum.input(own), other = sum.input(1 - own);
    const Node* product = open_product(graph, bytes);
    if (product == nullptr || !(graph.value(bytes).type.shape == shape) || !(graph.value(other).type.shape == shape))
      continue;
    const auto scale = [&](std::size_t k) { return sum.attributes.real(k == 0 ? "a_scale" : "b_scale", 1); };
    QuantSequel sequel{
        .kind = QSequel::kSum,
        .own_scale = scale(own),
        .residual_scale = scale(1 - own),
        .residual_zero = static_cast<std::int32_t>(sum.attributes.integer(own == 0 ? "b_zero" : "a_zero", 0)),
        .residual_first = own == 1};
    // The own zero point is the product's: an addition that reads the bytes with another one says something else.
    if (sum.attributes.integer(own == 0 ? "a_zero" : "b_zero", 0) != product->attributes.integer("y_zero", 0)) continue;
    set_bytes(sum, sequel);
    const ValueId y = with_sequel(graph, Node(*product), sequel, {{kResidual, other}}, sum.output());
    if (y != ValueId::kNone) return {y};
  }
  return {};
}

}  // namespace

int fuse_sequels(Graph& graph) {
  return sweep(graph, [](Graph& changing, const Node& node) {
    if (auto outputs = fuse_affine(changing, node); !outputs.empty()) return outputs;
    return fuse_sum(changing, node);
  });
}

}  // namespace hedge::compile
