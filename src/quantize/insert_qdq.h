// Writes a plan into a model: the standard QuantizeLinear/DequantizeLinear form that ONNX Runtime, OpenVINO and our own
// compiler read. Weights are i8 per output channel, biases i32, activations u8 per tensor.
#pragma once

#include "quantize/plan.h"
#include "quantize/rounding.h"

namespace hedge::quantize {

struct InsertOptions {
  bool bias_correction = true;          ///< takes the mean error of weights and activations out of the biases
  const AllMoments* moments = nullptr;  ///< weights rounded so that their errors cancel (rounding.h); null: to nearest
};

/// A quantized copy of `graph`. `statistics` are those that the plan was made from.
Result<Graph> insert_qdq(const Graph& graph, const AllStatistics& statistics, const Plan& plan,
                         const InsertOptions& options);

}  // namespace hedge::quantize
