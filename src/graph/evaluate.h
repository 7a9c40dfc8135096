// Runs one node on given values with its reference kernel: the step of the interpreter and of constant folding.
#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"

namespace hedge::graph {

/// Null inputs are absent operands. One tensor per node output; outputs that nobody names are empty.
Result<std::vector<Tensor>> evaluate(const Node& node, std::span<const Tensor* const> inputs);

}  // namespace hedge::graph
