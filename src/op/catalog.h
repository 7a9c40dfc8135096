// The operators of each group; op::find searches all groups. One function a folder, defined in its catalog.cc.
#pragma once

#include <span>

#include "op/operator.h"

namespace hedge::op {

using Catalog = std::span<const Operator* const>;

Catalog math_catalog();       ///< src/op/math: elementwise arithmetic, activations, comparison, logic, casts
Catalog reduce_catalog();     ///< src/op/reduce: Reduce*, ArgMax/ArgMin, TopK, CumSum, Softmax family
Catalog shape_catalog();      ///< src/op/shape: Reshape, Transpose, Concat, Slice, Pad, Gather*, Scatter*, ...
Catalog nn_catalog();         ///< src/op/nn: Conv, Gemm, MatMul, pooling, normalization, Resize, recurrent nets
Catalog quant_catalog();      ///< src/op/quant: QuantizeLinear, DequantizeLinear, QLinear*, *Integer
Catalog detection_catalog();  ///< src/op/detection: NonMaxSuppression, RoiAlign
Catalog hedge_catalog();      ///< src/op/hedge: NHWC and fused operators that the compiler introduces

}  // namespace hedge::op
