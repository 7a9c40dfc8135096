#include "op/shape_rules.h"

namespace hedge::op {

Result<std::vector<TensorType>> same_as_input(const InferArgs& args) {
  return std::vector<TensorType>(static_cast<std::size_t>(args.output_count), args.input(0));
}

Result<std::vector<TensorType>> broadcast_inputs(const InferArgs& args) {
  TensorType type = args.input(0);
  for (std::size_t i = 1; i < args.inputs.size(); ++i) {
    const TensorType& other = args.inputs[i];
    if (other.dtype == DType::kUndefined) continue;
    if (other.dtype != type.dtype)
      return fail(ErrorKind::kInvalid, "operands of types {} and {}", tensor::to_string(type.dtype),
                  tensor::to_string(other.dtype));
    type.shape = TRY(tensor::broadcast(type.shape, other.shape));
  }
  return std::vector<TensorType>{type};
}

Result<std::vector<TensorType>> broadcast_to_bool(const InferArgs& args) {
  auto types = TRY(broadcast_inputs(args));
  types[0].dtype = DType::kBool;
  return types;
}

}  // namespace hedge::op
