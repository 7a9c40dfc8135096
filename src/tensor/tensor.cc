#include "tensor/tensor.h"

#include <cstring>

namespace hedge::tensor {

std::string TensorType::to_string() const { return fmt::format("{}[{}]", tensor::to_string(dtype), shape.to_string()); }

Tensor Tensor::copy_of(const ConstTensorView& view) {
  Tensor tensor(view.type);
  if (view.type.size_bytes() > 0) std::memcpy(tensor.bytes().data(), view.data, view.type.size_bytes());
  return tensor;
}

Tensor Tensor::reshaped(Shape shape) && {
  HEDGE_CHECK(shape.elements() == type_.elements());
  type_.shape = shape;
  return std::move(*this);
}

}  // namespace hedge::tensor
