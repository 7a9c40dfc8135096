// Whatever depends on a single byte tensor element by element, an activation or a whole tree of them, is a table of 256
// bytes: it is computed here by the operators' references, so the table says what the model says.
#include <numeric>

#include "compile/integer_rules.h"
#include "compile/rewrite.h"
#include "graph/evaluate.h"

namespace hedge::compile {
namespace {

constexpr int kDepthMax = 32;
constexpr int kVisitsMax = 256;  ///< of values: one that is read twice is visited twice

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
ValueId byte_source(const Graph& graph, ValueId value, const Shape& shape, bool through, int depth, int& visits) {
  const TensorType& type = graph.value(value).type;
  if (depth > kDepthMax || ++visits > kVisitsMax || !(type.shape == shape) || graph.is_constant(value))
    return ValueId::kNone;
  const Node* node = graph.producer_of(value);
  const bool table = node != nullptr && node->is_hedge("QTable");
  if (type.dtype == DType::kU8 && !(table && through)) return value;
  if (node == nullptr || !is_elementwise(*node)) return ValueId::kNone;
  ValueId source = ValueId::kNone;
  for (const ValueId input : node->inputs) {
    if (input == ValueId::kNone || is_parameter(graph, *node, input)) continue;
    const ValueId found = byte_source(graph, input, shape, through, depth + 1, visits);
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

}  // namespace

std::vector<ValueId> byte_function(Graph& graph, const Node& quantize) {
  const ValueId value = quantize.input(0);
  const Shape& shape = graph.value(value).type.shape;
  for (const bool through : {false, true}) {
    int visits = 0;
    const ValueId source = byte_source(graph, value, shape, through, 0, visits);
    if (source == ValueId::kNone) continue;
    const auto bytes = over_all_bytes(graph, quantize.output(), source);
    if (!bytes || bytes->dtype() != DType::kU8) continue;
    ByteTable table;
    std::ranges::copy(bytes->as<std::uint8_t>(), table.begin());
    return {add_table(graph, source, table)};
  }
  return {};
}

namespace {

/// second[first[q]].
Tensor composed(const Tensor& first, const Tensor& second) {
  Tensor both(DType::kU8, Shape{256});
  for (std::size_t q = 0; q < 256; ++q)
    both.as<std::uint8_t>()[q] = second.as<std::uint8_t>()[first.as<std::uint8_t>()[q]];
  return both;
}

/// The step before a table with the table in it; kNone where there is none that takes it.
ValueId with_table(Graph& graph, ValueId bytes, ValueId table) {
  const Node* found = graph.producer_of(bytes);
  if (found == nullptr || !graph.has_single_consumer(bytes)) return ValueId::kNone;
  const Node before = *found;
  const int at = before.is_hedge("QTable") ? 1 : 6;
  if (before.is("Reshape")) {
    const ValueId fused = with_table(graph, before.input(0), table);
    return fused == ValueId::kNone ? fused : add_reshape(graph, fused, graph.value(bytes).type.shape);
  }
  if (!before.is_hedge("QTable") && !before.is_hedge("QConv")) return ValueId::kNone;
  std::vector<ValueId> inputs = before.inputs;
  inputs.resize(static_cast<std::size_t>(at) + 1, ValueId::kNone);
  ValueId& last = inputs[static_cast<std::size_t>(at)];
  last = last == ValueId::kNone ? table
                                : graph.add_constant("table", composed(*graph.constant(last), *graph.constant(table)));
  return add_hedge_node(graph, before.op_type, std::move(inputs), before.attributes, graph.value(bytes).name);
}

}  // namespace

int fuse_tables(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    if (!graph.node(id).alive || !graph.node(id).is_hedge("QTable")) continue;
    const Node node = graph.node(id);
    const ValueId fused = with_table(graph, node.input(0), node.input(1));
    if (fused == ValueId::kNone || !graph.replace_uses(node.output(), fused)) continue;
    ++changes;
    graph.erase_dead_nodes();
    const Status sorted = graph.sort();
    HEDGE_CHECK(sorted.has_value());
  }
  return changes;
}

}  // namespace hedge::compile
