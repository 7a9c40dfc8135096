// The invariants of graph.h, checked: after import and after every pass.
#pragma once

#include "graph/graph.h"

namespace hedge::graph {

/// Structure (producers, order, names, arities) and types (each node's shape rule agrees with the recorded types).
Status verify(const Graph& graph);

}  // namespace hedge::graph
