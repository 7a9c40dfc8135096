// Shape rules that many operators share.
#pragma once

#include "op/operator.h"

namespace hedge::op {

/// Output 0 has the type of input 0.
Result<std::vector<TensorType>> same_as_input(const InferArgs& args);
/// All inputs broadcast together (NumPy's rule); dtype of input 0, which all present inputs must share.
Result<std::vector<TensorType>> broadcast_inputs(const InferArgs& args);
/// The same, with a bool output: comparisons and logic.
Result<std::vector<TensorType>> broadcast_to_bool(const InferArgs& args);

}  // namespace hedge::op
