// Nodes that change nothing go; Flatten, Squeeze and Unsqueeze become Reshape, so that later passes know one form.
#include <algorithm>
#include <numeric>

#include "compile/rewrite.h"

namespace hedge::compile {
namespace {

bool changes_nothing(const Graph& graph, const Node& node) {
  if (node.outputs.size() > 1 && node.outputs[1] != ValueId::kNone) return false;
  if (is_any(node, "Identity", "Dropout")) return true;
  const TensorType &in = graph.value(node.input(0)).type, &out = graph.value(node.output()).type;
  if (is_any(node, "Cast", "CastLike", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Expand")) return in == out;
  if (is_any(node, "Concat", "Sum", "Max", "Min", "Mean")) return node.inputs.size() == 1;
  if (is_any(node, "Slice", "Pad", "Tile")) {
    if (!(in == out)) return false;
    if (node.op_type == "Slice" && node.has_input(4))
      return false;  // a step of -1 turns round without changing the size
    return node.op_type != "Pad" || node.opset < 2 ||
           std::ranges::all_of(
               graph.constant(node.input(1)) != nullptr ? graph.constant(node.input(1))->as<std::int64_t>()
                                                        : node.attributes.integers("pads"),
               [](std::int64_t p) { return p == 0; });
  }
  if (is_any(node, "Transpose")) {
    const auto perm = node.attributes.integers("perm");
    return !perm.empty() && std::ranges::is_sorted(perm);
  }
  return false;
}

}  // namespace

int remove_identity(Graph& graph) {
  int changes = 0;
  for (const NodeId id : graph.nodes()) {
    const Node node = graph.node(id);
    if (node.inputs.empty() || node.output() == ValueId::kNone) continue;
    if (changes_nothing(graph, node)) {
      changes += graph.replace_uses(node.output(), node.input(0)) ? 1 : 0;
    } else if (is_any(node, "Flatten", "Squeeze", "Unsqueeze")) {
      const ValueId reshaped = add_reshape(graph, node.input(0), graph.value(node.output()).type.shape);
      changes += graph.replace_uses(node.output(), reshaped) ? 1 : 0;
    }
  }
  return changes;
}

}  // namespace hedge::compile
