#include "graph/print.h"

#include <fmt/ranges.h>

namespace hedge::graph {
namespace {

constexpr std::size_t kListMax = 8;

template <class T>
std::string list(const std::vector<T>& items) {
  if (items.size() <= kListMax) return fmt::format("[{}]", fmt::join(items, ","));
  return fmt::format("[{},... {} in all]", fmt::join(items.begin(), items.begin() + kListMax, ","), items.size());
}

struct Printer {
  std::string operator()(std::int64_t x) const { return std::to_string(x); }
  std::string operator()(float x) const { return fmt::format("{:g}", x); }
  std::string operator()(const std::string& x) const { return '"' + x + '"'; }
  std::string operator()(const std::shared_ptr<const Tensor>& x) const { return x->type().to_string(); }
  template <class T>
  std::string operator()(const std::vector<T>& items) const {
    return list(items);
  }
};

std::string operand(const Graph& graph, ValueId id) {
  if (id == ValueId::kNone) return "-";
  const Value& value = graph.value(id);
  return value.constant ? "const " + value.type.to_string() : "%" + value.name;
}

}  // namespace

std::string print(const op::Attributes& attributes) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : attributes) parts.push_back(name + "=" + std::visit(Printer{}, value));
  return parts.empty() ? "" : fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::string print(const Graph& graph) {
  std::string text;
  for (const ValueId input : graph.inputs)
    text += fmt::format("input %{}: {}\n", graph.value(input).name, graph.value(input).type.to_string());
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    std::vector<std::string> outputs, operands;
    for (const ValueId output : node.outputs)
      outputs.push_back(output == ValueId::kNone
                            ? "-"
                            : fmt::format("%{}: {}", graph.value(output).name, graph.value(output).type.to_string()));
    for (const ValueId input : node.inputs) operands.push_back(operand(graph, input));
    const std::string attributes = print(node.attributes);
    text += fmt::format("{} = {}{}({}){}{}\n", fmt::join(outputs, ", "), node.domain.empty() ? "" : node.domain + ".",
                        node.op_type, fmt::join(operands, ", "), attributes.empty() ? "" : " ", attributes);
  }
  for (const ValueId output : graph.outputs) text += fmt::format("output %{}\n", graph.value(output).name);
  return text;
}

}  // namespace hedge::graph
