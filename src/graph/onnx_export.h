// ONNX out: Graph -> bytes of a .onnx file that other tools load.
#pragma once

#include <cstddef>
#include <vector>

#include "graph/graph.h"

namespace hedge::graph {

/// kUnsupported if the graph holds operators of the hedge domain (they exist in no other tool).
Result<std::vector<std::byte>> export_onnx(const Graph& graph);

}  // namespace hedge::graph
