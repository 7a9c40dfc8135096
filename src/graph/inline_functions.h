// Model-local functions (ModelProto.functions) are inlined before the graph is built: a call becomes the function's
// nodes, their inner names made unique by the call's number, their attribute references replaced by the call's values.
#pragma once

#include "graph/graph.h"

namespace onnx {
class ModelProto;
}

namespace hedge::graph {

/// kUnsupported where a function follows another opset than the model; kInvalid where calls go in a circle;
/// kResourceLimit where calls of calls grow the graph beyond a bound.
Status inline_functions(onnx::ModelProto& model);

}  // namespace hedge::graph
