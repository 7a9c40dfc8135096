#include "graph/verify.h"

#include <set>

namespace hedge::graph {
namespace {

Status verify_node(const Graph& graph, const Node& node) {
  const op::Operator* operation = op::find(node.domain, node.op_type);
  if (operation == nullptr) return fail(ErrorKind::kInvalid, "operator {}.{} is not known", node.domain, node.op_type);
  std::vector<TensorType> types;
  std::vector<const Tensor*> constants;
  for (const ValueId input : node.inputs) {
    types.push_back(input == ValueId::kNone ? TensorType{} : graph.value(input).type);
    constants.push_back(graph.constant(input));
  }
  const auto inferred = TRY(
      op::infer(*operation, {node.attributes, node.opset, types, constants, static_cast<int>(node.outputs.size())}));
  for (std::size_t k = 0; k < node.outputs.size(); ++k) {
    if (node.outputs[k] == ValueId::kNone) continue;
    const Value& output = graph.value(node.outputs[k]);
    if (!(output.type == inferred[k]))
      return fail(ErrorKind::kInvalid, "output '{}' is recorded as {}, its rule says {}", output.name,
                  output.type.to_string(), inferred[k].to_string());
  }
  return {};
}

}  // namespace

Status verify(const Graph& graph) {
  std::set<ValueId> known(graph.inputs.begin(), graph.inputs.end());
  std::set<std::string> names;
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    const auto where = [&] { return fmt::format("node '{}' ({})", node.name, node.op_type); };
    for (const ValueId input : node.inputs)
      if (input != ValueId::kNone && !graph.is_constant(input) && !known.contains(input))
        return fail(ErrorKind::kInvalid, "{}: reads '{}' before it is made", where(), graph.value(input).name);
    for (const ValueId output : node.outputs) {
      if (output == ValueId::kNone) continue;
      if (!known.insert(output).second || graph.value(output).producer != id)
        return fail(ErrorKind::kInvalid, "{}: '{}' has another producer", where(), graph.value(output).name);
      if (!names.insert(graph.value(output).name).second)
        return fail(ErrorKind::kInvalid, "{}: the name '{}' is taken", where(), graph.value(output).name);
    }
    if (auto status = verify_node(graph, node); !status) return base::in_context(status.error(), where());
  }
  for (const ValueId output : graph.outputs)
    if (!known.contains(output))
      return fail(ErrorKind::kInvalid, "output '{}' is made by no node", graph.value(output).name);
  return {};
}

}  // namespace hedge::graph
