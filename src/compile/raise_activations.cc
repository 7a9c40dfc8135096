// Exporters spell activations out; a single node is one pass over memory instead of three, and fuses.
//   x * Sigmoid(x)                        -> hedge.Silu
//   x * HardSigmoid(x; 1/6, 1/2)          -> HardSwish     x * Clip(x + 3, 0, 6) / 6, in any order of its parts
//   x / 2 * (1 + Erf(x / sqrt 2))         -> Gelu
#include <cmath>

#include "compile/rewrite.h"

namespace hedge::compile {
namespace {

/// For a product or sum with one number: the other operand.
ValueId without_number(const Graph& graph, const Node& node, float number) {
  for (int k : {0, 1})
    if (is_number(graph, node.input(k), number)) return node.input(1 - k);
  return ValueId::kNone;
}

bool is_clip_0_6(const Graph& graph, const Node& node) {
  if (!is_any(node, "Clip")) return false;
  if (node.opset < 11) return node.attributes.real("min", -1) == 0 && node.attributes.real("max", -1) == 6;
  const auto zero = [&](ValueId id) {
    const Tensor* value = float_constant(graph, id);
    return value != nullptr && value->as<float>()[0] == 0;
  };
  return zero(node.input(1)) && is_number(graph, node.input(2), 6);
}

/// Whether `gate` is HardSigmoid(x), written so or as Clip(x + 3, 0, 6) (then still to be divided by 6).
bool is_relu6_gate(const Graph& graph, ValueId gate, ValueId x) {
  const Node* clip = graph.producer_of(gate);
  if (clip == nullptr || !is_clip_0_6(graph, *clip)) return false;
  const Node* sum = graph.producer_of(clip->input(0));
  return sum != nullptr && is_any(*sum, "Add") && without_number(graph, *sum, 3) == x;
}

bool is_hard_sigmoid_gate(const Graph& graph, ValueId gate, ValueId x) {
  const Node* node = graph.producer_of(gate);
  if (node == nullptr) return false;
  if (is_any(*node, "HardSigmoid"))
    return node->input(0) == x && std::abs(node->attributes.real("alpha", 0.2f) - 1.0f / 6) < 1e-5f &&
           node->attributes.real("beta", 0.5f) == 0.5f;
  if (is_any(*node, "Div") && is_number(graph, node->input(1), 6)) return is_relu6_gate(graph, node->input(0), x);
  if (is_any(*node, "Mul"))
    if (const ValueId inner = without_number(graph, *node, 1.0f / 6); inner != ValueId::kNone)
      return is_relu6_gate(graph, inner, x);
  return false;
}

ValueId silu(Graph& graph, const Node& node) {
  for (int k : {0, 1}) {
    const Node* gate = graph.producer_of(node.input(k));
    if (gate != nullptr && is_any(*gate, "Sigmoid") && gate->input(0) == node.input(1 - k) &&
        graph.value(node.output()).type.dtype == DType::kF32)
      return add_hedge_node(graph, "Silu", {gate->input(0)}, {}, graph.value(node.output()).name);
  }
  return ValueId::kNone;
}

ValueId hard_swish(Graph& graph, const Node& node) {
  const auto make = [&](ValueId x) { return add_node(graph, "HardSwish", {x}, {}, graph.value(node.output()).name); };
  if (is_any(node, "Mul")) {
    for (int k : {0, 1})
      if (is_hard_sigmoid_gate(graph, node.input(k), node.input(1 - k))) return make(node.input(1 - k));
  }
  // (x * clip(x + 3)) / 6, or * 1/6
  ValueId product = ValueId::kNone;
  if (is_any(node, "Div") && is_number(graph, node.input(1), 6)) product = node.input(0);
  if (is_any(node, "Mul")) product = without_number(graph, node, 1.0f / 6);
  const Node* inner = graph.producer_of(product);
  if (inner != nullptr && is_any(*inner, "Mul"))
    for (int k : {0, 1})
      if (is_relu6_gate(graph, inner->input(k), inner->input(1 - k))) return make(inner->input(1 - k));
  return ValueId::kNone;
}

/// erf(x / sqrt 2) + 1, where x is the result; kNone for anything else.
ValueId erf_argument(const Graph& graph, ValueId id) {
  const Node* sum = graph.producer_of(id);
  if (sum == nullptr || !is_any(*sum, "Add")) return ValueId::kNone;
  const Node* erf = graph.producer_of(without_number(graph, *sum, 1));
  if (erf == nullptr || !is_any(*erf, "Erf")) return ValueId::kNone;
  const Node* scaled = graph.producer_of(erf->input(0));
  if (scaled == nullptr) return ValueId::kNone;
  if (is_any(*scaled, "Div") && is_number(graph, scaled->input(1), std::sqrt(2.0f))) return scaled->input(0);
  return is_any(*scaled, "Mul") ? without_number(graph, *scaled, std::sqrt(0.5f)) : ValueId::kNone;
}

/// Three factors in any grouping: x, 0.5 and erf(x / sqrt 2) + 1.
ValueId gelu(Graph& graph, const Node& node) {
  if (!is_any(node, "Mul")) return ValueId::kNone;
  std::vector<ValueId> factors;
  for (int k : {0, 1}) {
    const Node* inner = graph.producer_of(node.input(k));
    if (inner != nullptr && is_any(*inner, "Mul") && factors.size() < 2) {
      factors.push_back(inner->input(0));
      factors.push_back(inner->input(1));
    } else {
      factors.push_back(node.input(k));
    }
  }
  if (factors.size() != 3) return ValueId::kNone;
  for (const ValueId candidate : factors) {
    const ValueId x = erf_argument(graph, candidate);
    if (x == ValueId::kNone) continue;
    int found = 0;
    for (const ValueId factor : factors) found += factor == x || is_number(graph, factor, 0.5f) ? 1 : 0;
    if (found != 2) continue;
    return add_node(graph, "Gelu", {x}, {}, graph.value(node.output()).name);
  }
  return ValueId::kNone;
}

}  // namespace

int raise_activations(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    const Node node = graph.node(id);
    if (!is_any(node, "Mul", "Div") || graph.value(node.output()).type.dtype != DType::kF32) continue;
    ValueId raised = is_any(node, "Mul") ? silu(graph, node) : ValueId::kNone;
    if (raised == ValueId::kNone) raised = hard_swish(graph, node);
    if (raised == ValueId::kNone) raised = gelu(graph, node);
    if (raised != ValueId::kNone) changes += graph.replace_uses(node.output(), raised) ? 1 : 0;
  }
  return changes;
}

}  // namespace hedge::compile
