#include "graph/interpreter.h"

#include "graph/evaluate.h"
#include "graph/inline_branch.h"

namespace hedge::graph {
namespace {

class Interpreter {
 public:
  Interpreter(const Graph& graph, const InterpreterOptions& options)
      : graph_(graph), options_(options), values_(graph.value_count()), readers_(graph.value_count(), 0) {
    for (const NodeId id : graph.nodes())
      for (const ValueId input : graph.node(id).inputs)
        if (input != ValueId::kNone) ++readers_[index(input)];
    for (const ValueId output : graph.outputs) ++readers_[index(output)];
  }

  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs) {
    for (std::size_t k = 0; k < inputs.size(); ++k) values_[index(graph_.inputs[k])] = inputs[k];
    for (const NodeId id : graph_.nodes()) {
      const Node& node = graph_.node(id);
      auto outputs = step(node);
      if (!outputs) return base::in_context(outputs.error(), fmt::format("node '{}' ({})", node.name, node.op_type));
      for (std::size_t k = 0; k < node.outputs.size(); ++k) {
        if (node.outputs[k] == ValueId::kNone) continue;
        if (options_.observe) options_.observe(graph_.value(node.outputs[k]), (*outputs)[k]);
        values_[index(node.outputs[k])] = std::move((*outputs)[k]);
      }
      release(node);
    }
    std::vector<Tensor> outputs;
    for (const ValueId output : graph_.outputs) outputs.push_back(*value(output));
    return outputs;
  }

 private:
  static std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }
  const Tensor* value(ValueId id) const {
    if (id == ValueId::kNone) return nullptr;
    return graph_.is_constant(id) ? graph_.constant(id) : &values_[index(id)];
  }

  Result<std::vector<Tensor>> step(const Node& node) const {
    std::vector<const Tensor*> inputs;
    for (const ValueId input : node.inputs) inputs.push_back(value(input));
    if (!node.is("If")) return evaluate(node, inputs);
    const std::shared_ptr<const Graph> branch = TRY(chosen_branch(node, *inputs[0]));
    std::vector<Tensor> captured;
    for (std::size_t k = 1; k < inputs.size(); ++k) captured.push_back(*inputs[k]);
    return interpret(*branch, captured);
  }

  /// Frees values whose last reader has run.
  void release(const Node& node) {
    for (const ValueId input : node.inputs)
      if (input != ValueId::kNone && --readers_[index(input)] == 0) values_[index(input)] = Tensor();
  }

  const Graph& graph_;
  const InterpreterOptions& options_;
  std::vector<Tensor> values_;
  std::vector<int> readers_;
};

}  // namespace

Result<std::vector<Tensor>> interpret(const Graph& graph, std::span<const Tensor> inputs,
                                      const InterpreterOptions& options) {
  if (inputs.size() != graph.inputs.size())
    return fail(ErrorKind::kUsage, "{} inputs given, the model has {}", inputs.size(), graph.inputs.size());
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const Value& input = graph.value(graph.inputs[k]);
    if (input.type.dtype != DType::kUndefined && !(input.type == inputs[k].type()))
      return fail(ErrorKind::kUsage, "input '{}' is {}, the model wants {}", input.name, inputs[k].type().to_string(),
                  input.type.to_string());
  }
  return Interpreter(graph, options).run(inputs);
}

}  // namespace hedge::graph
