// A tensor of any number type brought to the model's: x = (q - mean) * scale.
#pragma once

#include "base/result.h"
#include "tensor/tensor.h"

namespace hedge::evaluate {

/// Fills `to`, which has as many elements. Tensors of the same type pass unchanged where mean is 0 and scale 1; else
/// `to` must be f32 (kUnsupported).
base::Status scale_tensor(const tensor::Tensor& from, float mean, float scale, const tensor::TensorView& to);

}  // namespace hedge::evaluate
