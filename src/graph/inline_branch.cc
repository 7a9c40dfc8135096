#include "graph/inline_branch.h"

namespace hedge::graph {

Result<std::shared_ptr<const Graph>> chosen_branch(const Node& if_node, const Tensor& condition) {
  if (condition.dtype() != DType::kBool || condition.shape().elements() != 1)
    return fail(ErrorKind::kInvalid, "the condition is {}, not one bool", condition.type().to_string());
  return if_node.subgraphs.at(condition.as<bool>()[0] ? "then_branch" : "else_branch");
}

Status inline_branch(Graph& graph, NodeId id) {
  const Node if_node = graph.node(id);
  const Tensor* condition = graph.constant(if_node.input(0));
  if (condition == nullptr)
    return fail(ErrorKind::kUnsupported,
                "its condition is computed at run time; freeze the input that decides it (--freeze NAME=VALUE)");
  const std::shared_ptr<const Graph> branch = TRY(chosen_branch(if_node, *condition));
  graph.erase(id);
  std::map<ValueId, ValueId> mine;  // branch value -> our value
  for (std::size_t k = 0; k < branch->inputs.size(); ++k) mine[branch->inputs[k]] = if_node.inputs[k + 1];
  const auto import = [&](ValueId theirs) {
    if (theirs == ValueId::kNone) return ValueId::kNone;
    if (const auto known = mine.find(theirs); known != mine.end()) return known->second;
    const Value& value = branch->value(theirs);
    const ValueId ours =
        value.constant ? graph.add_constant(value.name, value.constant) : graph.add_value(value.name, value.type);
    mine.emplace(theirs, ours);
    return ours;
  };
  for (const NodeId theirs : branch->nodes()) {
    Node node = branch->node(theirs);
    for (ValueId& input : node.inputs) input = import(input);
    for (ValueId& output : node.outputs) output = import(output);
    graph.add_node(std::move(node));
  }
  for (std::size_t k = 0; k < if_node.outputs.size(); ++k) {
    if (if_node.outputs[k] == ValueId::kNone) continue;
    const ValueId result = import(branch->outputs[k]);
    if (!graph.replace_uses(if_node.outputs[k], result))
      graph.add_node(Node{.op_type = "Identity", .opset = 13, .inputs = {result}, .outputs = {if_node.outputs[k]}});
  }
  return {};
}

}  // namespace hedge::graph
