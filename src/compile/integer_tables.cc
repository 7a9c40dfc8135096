// Whatever depends on a single byte tensor element by element, an activation or a whole tree of them, is a table of 256
// bytes: it is computed here by the operators' references, so the table says what the model says.
#include <numeric>

#include "compile/integer_rules.h"
#include "compile/rewrite.h"
#include "graph/evaluate.h"

namespace hedge::compile {
namespace {

constexpr int kDepthMax = 32;

bool is_elementwise(const Node& node) {
  if (node.is_hedge("Silu") || node.is_hedge("QTable")) return true;
  return is_any(node, "Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Gelu", "Elu", "Selu",
                "Softplus", "Softsign", "Mish", "Exp", "Log", "Sqrt", "Abs", "Neg", "Floor", "Ceil", "Round", "Erf",
                "Reciprocal", "Sign", "Clip", "QuantizeLinear", "DequantizeLinear", "Add", "Sub", "Mul", "Div", "Min",
                "Max", "Pow", "PRelu");
}

/// A parameter: one number, or a table.
bool is_parameter(const Graph& graph, const Node& node, ValueId id) {
  const Tensor* value = graph.constant(id);
  return value != nullptr && (value->shape().elements() == 1 || node.is_hedge("QTable"));
}

/// The one tensor of bytes that `value` depends on, element by element; kNone if there is none such. `through`: not the
/// nearest bytes, but those before tables.
ValueId byte_source(const Graph& graph, ValueId value, const Shape& shape, bool through, int depth) {
  const TensorType& type = graph.value(value).type;
  if (depth > kDepthMax || !(type.shape == shape) || graph.is_constant(value)) return ValueId::kNone;
  const Node* node = graph.producer_of(value);
  const bool table = node != nullptr && node->is_hedge("QTable");
  if (type.dtype == DType::kU8 && !(table && through)) return value;
  if (node == nullptr || !is_elementwise(*node)) return ValueId::kNone;
  ValueId source = ValueId::kNone;
  for (const ValueId input : node->inputs) {
    if (input == ValueId::kNone || is_parameter(graph, *node, input)) continue;
    const ValueId found = byte_source(graph, input, shape, through, depth + 1);
    if (found == ValueId::kNone || (source != ValueId::kNone && source != found)) return ValueId::kNone;
    source = found;
  }
  return source;
}

/// `value` for each of the 256 bytes that `source` may hold.
Result<Tensor> over_all_bytes(const Graph& graph, ValueId value, ValueId source) {
  if (value == source) {
    Tensor all(DType::kU8, Shape{256});
    std::iota(all.as<std::uint8_t>().begin(), all.as<std::uint8_t>().end(), std::uint8_t{0});
    return all;
  }
  const Node& node = *graph.producer_of(value);
  std::vector<Tensor> held(node.inputs.size());
  std::vector<const Tensor*> inputs;
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    const ValueId input = node.inputs[k];
    if (input == ValueId::kNone || is_parameter(graph, node, input)) {
      inputs.push_back(graph.constant(input));
      continue;
    }
    held[k] = TRY(over_all_bytes(graph, input, source));
    inputs.push_back(&held[k]);
  }
  auto outputs = TRY(graph::evaluate(node, inputs));
  // One number as a parameter may have more axes than one; the elements are what counts.
  if (outputs[0].shape().elements() != 256) return fail(ErrorKind::kInvalid, "not element by element");
  return std::move(outputs[0]).reshaped(Shape{256});
}

/// First one table, then the other.
ByteTable composed(const Graph& graph, ValueId first, ValueId second) {
  const auto inner = graph.constant(first)->as<std::uint8_t>(), outer = graph.constant(second)->as<std::uint8_t>();
  ByteTable both;
  for (std::size_t q = 0; q < both.size(); ++q) both[q] = outer[inner[q]];
  return both;
}

}  // namespace

std::vector<ValueId> byte_function(Graph& graph, const Node& quantize) {
  const ValueId value = quantize.input(0);
  const Shape& shape = graph.value(value).type.shape;
  for (const bool through : {false, true}) {
    const ValueId source = byte_source(graph, value, shape, through, 0);
    if (source == ValueId::kNone) continue;
    const auto bytes = over_all_bytes(graph, quantize.output(), source);
    if (!bytes || bytes->dtype() != DType::kU8) continue;
    ByteTable table;
    std::ranges::copy(bytes->as<std::uint8_t>(), table.begin());
    return {add_table(graph, source, table)};
  }
  return {};
}

int fuse_tables(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    if (!graph.node(id).alive || !graph.node(id).is_hedge("QTable")) continue;
    const Node node = graph.node(id);
    const Node* before = graph.producer_of(node.input(0));
    if (before == nullptr || !graph.has_single_consumer(node.input(0))) continue;
    ValueId fused = ValueId::kNone;
    if (before->is_hedge("QTable")) {
      fused = add_table(graph, before->input(0), composed(graph, before->input(1), node.input(1)));
    } else if (before->is_hedge("QConv")) {
      std::vector<ValueId> inputs = before->inputs;
      inputs.resize(7, ValueId::kNone);
      if (before->has_input(6)) {
        const ByteTable both = composed(graph, inputs[6], node.input(1));
        inputs[6] = graph.add_constant("table", Tensor::of<std::uint8_t>(Shape{256}, both));
      } else {
        inputs[6] = node.input(1);
      }
      const op::Attributes attributes = before->attributes;
      fused = add_hedge_node(graph, "QConv", std::move(inputs), attributes, graph.value(node.output()).name);
    }
    if (fused == ValueId::kNone || !graph.replace_uses(node.output(), fused)) continue;
    ++changes;
    graph.erase_dead_nodes();
    const Status sorted = graph.sort();
    HEDGE_CHECK(sorted.has_value());
  }
  return changes;
}

}  // namespace hedge::compile
