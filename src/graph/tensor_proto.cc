#include "graph/tensor_proto.h"

#include <cstring>

#include <onnx/onnx_pb.h>

#include "base/file.h"

namespace hedge::graph {
namespace {

constexpr std::uint64_t kFileBytesMax = std::uint64_t{2} << 30;  // protobuf's own limit

/// Copies a typed field, element by element, into a tensor of T.
template <class T, class Field>
Status copy_field(const Field& field, Tensor& tensor) {
  const auto out = tensor.as<T>();
  if (static_cast<std::size_t>(field.size()) != out.size())
    return fail(ErrorKind::kInvalid, "{} values for {}", field.size(), tensor.type().to_string());
  for (int k = 0; k < field.size(); ++k) {
    if constexpr (std::is_same_v<T, tensor::Half> || std::is_same_v<T, tensor::BFloat16>)
      out[static_cast<std::size_t>(k)].bits = static_cast<std::uint16_t>(field.Get(k));  // stored as bits in int32_data
    else
      out[static_cast<std::size_t>(k)] = static_cast<T>(field.Get(k));
  }
  return {};
}

Status fill(const onnx::TensorProto& proto, Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::kF32: return copy_field<float>(proto.float_data(), tensor);
    case DType::kF64: return copy_field<double>(proto.double_data(), tensor);
    case DType::kI64: return copy_field<std::int64_t>(proto.int64_data(), tensor);
    case DType::kU64: return copy_field<std::uint64_t>(proto.uint64_data(), tensor);
    case DType::kU32: return copy_field<std::uint32_t>(proto.uint64_data(), tensor);
    case DType::kI32: return copy_field<std::int32_t>(proto.int32_data(), tensor);
    case DType::kI16: return copy_field<std::int16_t>(proto.int32_data(), tensor);
    case DType::kU16: return copy_field<std::uint16_t>(proto.int32_data(), tensor);
    case DType::kI8: return copy_field<std::int8_t>(proto.int32_data(), tensor);
    case DType::kU8: return copy_field<std::uint8_t>(proto.int32_data(), tensor);
    case DType::kBool: return copy_field<bool>(proto.int32_data(), tensor);
    case DType::kF16: return copy_field<tensor::Half>(proto.int32_data(), tensor);
    case DType::kBF16: return copy_field<tensor::BFloat16>(proto.int32_data(), tensor);
    case DType::kUndefined: break;
  }
  return fail(ErrorKind::kInvalid, "a tensor without a type");
}

}  // namespace

Result<Tensor> tensor_from_proto(const onnx::TensorProto& proto) {
  if (proto.data_location() == onnx::TensorProto::EXTERNAL || proto.external_data_size() > 0)
    return fail(ErrorKind::kUnsupported, "tensor '{}' lies in another file: save the model with its weights inside",
                proto.name());
  if (proto.has_segment()) return fail(ErrorKind::kUnsupported, "tensor '{}' is segmented", proto.name());
  const DType dtype = TRY(tensor::dtype_from_onnx(proto.data_type()));
  std::vector<std::int64_t> dims(proto.dims().begin(), proto.dims().end());
  const Shape shape = TRY(Shape::create(dims));
  const TensorType type{dtype, shape};
  // The bytes must be there before anything is allocated for them: a claim of 4 GB costs nothing.
  if (proto.has_raw_data()) {
    if (proto.raw_data().size() != type.size_bytes())
      return fail(ErrorKind::kInvalid, "tensor '{}' has {} bytes for {}", proto.name(), proto.raw_data().size(),
                  type.to_string());
    Tensor tensor(type);
    if (!proto.raw_data().empty()) std::memcpy(tensor.bytes().data(), proto.raw_data().data(), proto.raw_data().size());
    if (dtype == DType::kBool)  // any byte but 0 and 1 would be undefined behaviour as a bool
      for (std::byte& value : tensor.bytes()) value = value == std::byte{0} ? std::byte{0} : std::byte{1};
    return tensor;
  }
  const std::int64_t present = std::int64_t{proto.float_data_size()} + proto.double_data_size() +
                               proto.int32_data_size() + proto.int64_data_size() + proto.uint64_data_size();
  if (present != type.elements())
    return fail(ErrorKind::kInvalid, "tensor '{}' has {} values for {}", proto.name(), present, type.to_string());
  Tensor tensor(type);
  TRY(fill(proto, tensor));
  return tensor;
}

void tensor_to_proto(const Tensor& tensor, onnx::TensorProto& proto) {
  proto.set_data_type(static_cast<int>(tensor.dtype()));
  for (const std::int64_t dim : tensor.shape()) proto.add_dims(dim);
  proto.set_raw_data(tensor.bytes().data(), tensor.bytes().size());
}

Result<NamedTensor> parse_tensor_pb(std::span<const std::byte> bytes) {
  onnx::TensorProto proto;
  if (bytes.size() > kFileBytesMax || !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(ErrorKind::kInvalid, "not an ONNX tensor (.pb)");
  return NamedTensor{proto.name(), TRY(tensor_from_proto(proto))};
}

Result<NamedTensor> read_tensor_pb(const std::filesystem::path& path) {
  const auto bytes = TRY(base::read_file(path, kFileBytesMax - 1));
  auto tensor = parse_tensor_pb(bytes);
  if (!tensor) return base::in_context(tensor.error(), path.string());
  return tensor;
}

std::vector<std::byte> serialize_tensor_pb(const std::string& name, const Tensor& tensor) {
  onnx::TensorProto proto;
  proto.set_name(name);
  tensor_to_proto(tensor, proto);
  std::vector<std::byte> bytes(proto.ByteSizeLong());
  proto.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

}  // namespace hedge::graph
