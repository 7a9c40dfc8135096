// Transpositions sink: each operator that can work on the transposed tensor as well lets them pass, until two of them
// meet and cancel, or one meets an output.
#include "compile/transpose_rules.h"

namespace hedge::compile {
namespace {

/// Two in a row are one, or none; one that moves no bytes is a Reshape.
std::vector<ValueId> merge(Graph& graph, const Node& node) {
  if (!is_any(node, "Transpose")) return {};
  const Moved mine = moved_operand(graph, node.output());
  const Moved before = moved_operand(graph, node.input(0));
  if (!before.perm.empty()) {
    const Permutation both = compose(before.perm, mine.perm);
    return {is_identity(both) ? before.source : add_transpose(graph, before.source, both)};
  }
  const Shape& x = graph.value(mine.source).type.shape;
  if (moves_no_bytes(x, mine.perm)) return {add_reshape(graph, mine.source, permuted(x, mine.perm))};
  return {};
}

/// Reshape of Reshape.
std::vector<ValueId> merge_reshapes(Graph& graph, const Node& node) {
  if (!is_any(node, "Reshape")) return {};
  const Node* before = graph.producer_of(node.input(0));
  if (before == nullptr || !is_any(*before, "Reshape")) return {};
  const ValueId source = before->input(0);
  const Shape& shape = graph.value(node.output()).type.shape;
  return {graph.value(source).type.shape == shape ? source : add_reshape(graph, source, shape)};
}

struct NamedRule {
  std::string_view op;
  TransposeRule rule;
};
constexpr NamedRule kRules[] = {{"Transpose", merge},        {"Reshape", merge_reshapes}, {"Reshape", pass_reshape},
                                {"Concat", pass_concat},     {"Split", pass_split},       {"Slice", pass_slice},
                                {"Pad", pass_pad},           {"Softmax", pass_softmax},   {"LogSoftmax", pass_softmax},
                                {"ReduceMean", pass_reduce}, {"ReduceSum", pass_reduce},  {"ReduceMax", pass_reduce},
                                {"ReduceMin", pass_reduce},  {"ReduceL2", pass_reduce}};

std::vector<ValueId> apply_rules(Graph& graph, const Node& node) {
  for (const auto& [op, rule] : kRules)
    if (node.is(op))
      if (auto outputs = rule(graph, node); !outputs.empty()) return outputs;
  return pass_elementwise(graph, node);
}

}  // namespace

int move_transposes(Graph& graph) {
  // Every rewrite moves one transposition nearer to the outputs or removes one; the bound only guards against a rule
  // that would undo another.
  const int changes_max = 64 * static_cast<int>(graph.nodes().size()) + 1000;
  return sweep(graph, apply_rules, changes_max);
}

}  // namespace hedge::compile
