// A float model made ready to be quantized: constants and BatchNormalization folded, at opset 13 or newer, still plain
// ONNX, so that what comes out runs anywhere.
#pragma once

#include "graph/graph.h"

namespace hedge::quantize {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;
using tensor::TensorType;

/// kUnsupported where the model is quantized already or has no convolution or product with constant weights.
Result<Graph> prepare(Graph graph);

}  // namespace hedge::quantize
