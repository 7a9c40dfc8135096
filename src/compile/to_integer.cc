// A quantized model says in floats what it means: DequantizeLinear, an operator, QuantizeLinear. This pass finds each
// such sandwich and puts the integer operator in its place. What has none stays in float between the two: an island.
#include <algorithm>

#include "compile/integer_rules.h"
#include "compile/rewrite.h"

namespace hedge::compile {
namespace {

/// i8 activations are u8 ones 128 higher: where a QuantizeLinear's integers go to DequantizeLinear only, all their zero
/// points rise.
int raise_signed(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    const Node quantize = graph.node(id);
    if (!is_any(quantize, "QuantizeLinear") || graph.value(quantize.output()).type.dtype != DType::kI8 ||
        graph.is_graph_output(quantize.output()))
      continue;
    std::vector<NodeId> nodes = graph.consumers(quantize.output());
    nodes.push_back(id);
    const bool fits = std::ranges::all_of(nodes, [&](NodeId reader) {
      const Node& node = graph.node(reader);
      const Tensor* zero = graph.constant(node.input(2));
      return is_any(node, "QuantizeLinear", "DequantizeLinear") && zero != nullptr && zero->shape().elements() == 1 &&
             (reader == id || node.input(0) == quantize.output());
    });
    if (!fits) continue;
    for (const NodeId reader : nodes) {
      const int zero = graph.constant(graph.node(reader).input(2))->as<std::int8_t>()[0];
      const ValueId raised = graph.add_constant("zero_point", Tensor::scalar(static_cast<std::uint8_t>(zero + 128)));
      graph.node(reader).inputs[2] = raised;
    }
    graph.node(id).attributes.erase("output_dtype");
    graph.value(quantize.output()).type.dtype = DType::kU8;
    ++changes;
  }
  return changes;
}

/// Several QuantizeLinear of one value with one scale are one.
int merge_quantize(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    if (!graph.node(id).alive) continue;
    const Node first = graph.node(id);
    const auto mine = quantization_of(graph, first);
    if (!mine || !is_any(first, "QuantizeLinear")) continue;
    for (const NodeId other : graph.consumers(first.input(0))) {
      if (other == id || !graph.node(other).alive || !is_any(graph.node(other), "QuantizeLinear")) continue;
      if (quantization_of(graph, graph.node(other)) != mine || graph.is_graph_output(graph.node(other).output()))
        continue;
      if (!graph.replace_uses(graph.node(other).output(), first.output())) continue;
      graph.erase(other);
      ++changes;
    }
  }
  return changes;
}

/// At each node in order: first what moves bytes, then what a QuantizeLinear closes.
std::vector<ValueId> apply_rules(Graph& graph, const Node& node) {
  for (const IntegerRule rule : {move_bytes, concat_bytes})
    if (auto outputs = rule(graph, node); !outputs.empty()) return outputs;
  if (!is_any(node, "QuantizeLinear") || !quantization_of(graph, node)) return {};
  for (const IntegerRule rule : {requantize, lift_quantize, integer_product, byte_function, integer_affine,
                                 integer_binary, integer_average, integer_resize})
    if (auto outputs = rule(graph, node); !outputs.empty()) return outputs;
  return {};
}

}  // namespace

int to_integer(Graph& graph) {
  const int prepared = raise_signed(graph) + merge_quantize(graph);
  return prepared + sweep(graph, apply_rules) + sweep(graph, real_product);
}

}  // namespace hedge::compile
