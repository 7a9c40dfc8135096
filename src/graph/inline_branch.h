// If with a constant condition: the taken branch takes its place.
#pragma once

#include "graph/graph.h"

namespace hedge::graph {

/// kUnsupported where the condition is not constant. The caller sorts the graph afterwards.
Status inline_branch(Graph& graph, NodeId if_node);

/// The branch that a condition chooses; kInvalid where the condition is no single bool.
Result<std::shared_ptr<const Graph>> chosen_branch(const Node& if_node, const Tensor& condition);

}  // namespace hedge::graph
