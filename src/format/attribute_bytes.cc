#include "format/attribute_bytes.h"

namespace hedge::format {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using tensor::Tensor;

/// On disk: the position in op::AttributeValue's list of types, which therefore only ever grows at its end.
enum class Kind : std::uint8_t { kInteger, kReal, kString, kIntegers, kReals, kStrings, kTensor };

template <class T>
void put_list(ByteWriter& out, const std::vector<T>& list) {
  out.put(static_cast<std::uint32_t>(list.size()));
  for (const T& item : list) out.put(item);
}

template <class T>
Result<std::vector<T>> get_list(ByteReader& in) {
  std::vector<T> list(TRY(in.count(sizeof(T))));
  for (T& item : list) item = TRY(in.get<T>());
  return list;
}

Result<op::AttributeValue> get_value(ByteReader& in) {
  switch (TRY(in.get<Kind>())) {
    case Kind::kInteger: return op::AttributeValue(TRY(in.get<std::int64_t>()));
    case Kind::kReal: return op::AttributeValue(TRY(in.get<float>()));
    case Kind::kString: return op::AttributeValue(TRY(in.text()));
    case Kind::kIntegers: return op::AttributeValue(TRY(get_list<std::int64_t>(in)));
    case Kind::kReals: return op::AttributeValue(TRY(get_list<float>(in)));
    case Kind::kStrings: {
      std::vector<std::string> list(TRY(in.count(sizeof(std::uint32_t))));
      for (std::string& item : list) item = TRY(in.text());
      return op::AttributeValue(std::move(list));
    }
    case Kind::kTensor: {
      const tensor::TensorType type = TRY(get_type(in));
      const auto bytes = TRY(in.take(type.size_bytes()));
      if (type.dtype == tensor::DType::kBool)
        for (const std::byte value : bytes)
          if (value > std::byte{1}) return fail(ErrorKind::kInvalid, "a bool of {}", static_cast<int>(value));
      return op::AttributeValue(std::make_shared<const Tensor>(Tensor::copy_of({type, bytes.data()})));
    }
  }
  return fail(ErrorKind::kInvalid, "an attribute of unknown kind");
}

}  // namespace

void put_type(ByteWriter& out, const tensor::TensorType& type) {
  out.put(type.dtype);
  out.put(static_cast<std::uint8_t>(type.shape.rank()));
  for (const std::int64_t dim : type.shape) out.put(dim);
}

Result<tensor::TensorType> get_type(ByteReader& in) {
  tensor::TensorType type;
  type.dtype = TRY(tensor::dtype_from_onnx(TRY(in.get<std::uint8_t>())));
  std::vector<std::int64_t> dims(TRY(in.get<std::uint8_t>()));
  for (std::int64_t& dim : dims) dim = TRY(in.get<std::int64_t>());
  type.shape = TRY(tensor::Shape::create(dims));
  return type;
}

void put_attributes(ByteWriter& out, const op::Attributes& attributes) {
  out.put(static_cast<std::uint32_t>(attributes.count()));
  for (const auto& [name, value] : attributes) {
    out.put(name);
    out.put(static_cast<std::uint8_t>(value.index()));
    std::visit(
        [&]<class T>(const T& x) {
          if constexpr (std::is_same_v<T, std::shared_ptr<const Tensor>>) {
            put_type(out, x->type());
            out.put(x->bytes());
          } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
            out.put(x);
          } else {
            put_list(out, x);
          }
        },
        value);
  }
}

Result<op::Attributes> get_attributes(ByteReader& in) {
  op::Attributes attributes;
  const auto count = TRY(in.count(sizeof(std::uint32_t) + 1));
  for (std::uint32_t k = 0; k < count; ++k) {
    const std::string name = TRY(in.text());
    attributes.set(name, TRY(get_value(in)));
  }
  return attributes;
}

}  // namespace hedge::format
