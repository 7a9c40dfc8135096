// Random small graphs for comparing the engine with the interpreter: layers as nets have them (blocks, shuffles, heads)
// and operators with odd parameters. One seed, one graph (of one compiler: the order of a call's arguments is its own).
#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace hedge::test {

struct RandomGraph {
  graph::Graph graph;
  std::vector<tensor::Tensor> inputs;  ///< for graph.inputs, in order
};

/// 3 to 12 operators or blocks (or `steps` of them); every value that nobody reads is an output, some others too.
RandomGraph random_graph(std::uint64_t seed, int steps = 0);

}  // namespace hedge::test
