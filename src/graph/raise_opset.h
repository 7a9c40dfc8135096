// Lifts a model to a newer opset of ONNX's own domain, so that what is written into it (per-axis QuantizeLinear: 13) is
// legal. Attributes that became inputs become constants; what changed its meaning is spelled out.
#pragma once

#include "graph/graph.h"

namespace hedge::graph {

/// To opset 13 where the graph is older, else nothing. Needs static shapes (infer_types has run). kUnsupported names an
/// operator whose older form has no newer spelling here.
Status raise_opset_to_13(Graph& graph);

}  // namespace hedge::graph
