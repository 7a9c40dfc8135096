// The plain truth: runs a graph node by node with the operators' reference kernels. Slow, and allocates as it likes.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace hedge::graph {

struct InterpreterOptions {
  /// Called with every computed value, in order: for layer-by-layer comparison and calibration.
  std::function<void(const Value&, const Tensor&)> observe;
};

/// `inputs` in the order of graph.inputs, of exactly their types. Returns the outputs in the order of graph.outputs.
Result<std::vector<Tensor>> interpret(const Graph& graph, std::span<const Tensor> inputs,
                                      const InterpreterOptions& options = {});

}  // namespace hedge::graph
