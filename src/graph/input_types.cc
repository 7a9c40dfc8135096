#include "graph/input_types.h"

#include <algorithm>

#include <fmt/ranges.h>
#include <onnx/onnx_pb.h>

#include "graph/evaluate.h"

namespace hedge::graph {
namespace {

/// "[N,3,?,?]": as the file states it.
std::string describe(const onnx::TensorShapeProto& shape) {
  std::vector<std::string> dims;
  for (const auto& dim : shape.dim())
    dims.push_back(dim.has_dim_value()       ? std::to_string(dim.dim_value())
                   : dim.dim_param().empty() ? "?"
                                             : dim.dim_param());
  return fmt::format("[{}]", fmt::join(dims, ","));
}

bool is_symbolic(const onnx::TensorShapeProto::Dimension& dim) { return !dim.has_dim_value() || dim.dim_value() < 0; }

}  // namespace

Status check_option_names(const ImportOptions& options, const std::vector<std::string>& inputs) {
  const auto check = [&](const std::string& name, const char* option) -> Status {
    if (std::ranges::find(inputs, name) != inputs.end()) return {};
    return fail(ErrorKind::kUsage, "{} {}: no such input; the model has: {}", option, name, fmt::join(inputs, ", "));
  };
  for (const auto& [name, shape] : options.shapes) TRY(check(name, "--shape"));
  for (const auto& [name, value] : options.freezes) TRY(check(name, "--freeze"));
  return {};
}

Result<TensorType> input_type(const onnx::ValueInfoProto& input, const ImportOptions& options) {
  if (options.allow_dynamic) return TensorType{};
  if (!input.type().has_tensor_type())
    return fail(ErrorKind::kUnsupported, "it is a sequence, map or optional, not a tensor");
  const auto& tensor = input.type().tensor_type();
  TensorType type{.dtype = TRY(tensor::dtype_from_onnx(tensor.elem_type()))};
  const auto chosen = options.shapes.find(input.name());
  if (chosen != options.shapes.end()) {
    if (tensor.has_shape() && tensor.shape().dim_size() != chosen->second.rank())
      return fail(ErrorKind::kUsage, "--shape {}={} has rank {}, the model says {}", input.name(),
                  chosen->second.to_string(), chosen->second.rank(), describe(tensor.shape()));
    type.shape = chosen->second;
    return type;
  }
  if (!tensor.has_shape()) {
    if (options.freezes.contains(input.name())) return type;
    return fail(ErrorKind::kUnsupported, "its shape is unknown: give --shape {}=...", input.name());
  }
  std::vector<std::int64_t> dims;
  for (int k = 0; k < tensor.shape().dim_size(); ++k) {
    const auto& dim = tensor.shape().dim(k);
    if (!is_symbolic(dim)) {
      dims.push_back(dim.dim_value());
    } else if ((k == 0 && options.symbolic_batch_is_one) || options.freezes.contains(input.name())) {
      dims.push_back(1);
    } else {
      return fail(ErrorKind::kUnsupported, "its shape {} is not static: give --shape {}=1x3x224x224 or the like",
                  describe(tensor.shape()), input.name());
    }
  }
  type.shape = TRY(Shape::create(dims));
  return type;
}

Result<Tensor> frozen_value(const TensorType& type, const Tensor& given) {
  Tensor value = given;
  if (type.dtype != DType::kUndefined && value.dtype() != type.dtype) {
    Node cast{.op_type = "Cast", .opset = 13, .outputs = {ValueId{0}}};
    cast.attributes.set("to", static_cast<std::int64_t>(type.dtype));
    const Tensor* inputs[] = {&value};
    auto outputs = TRY(evaluate(cast, inputs));
    value = std::move(outputs[0]);
  }
  if (type.dtype != DType::kUndefined && type.elements() == value.type().elements())
    return std::move(value).reshaped(type.shape);
  return value;
}

}  // namespace hedge::graph
