#include "evaluate/scale_tensor.h"

#include <algorithm>

namespace hedge::evaluate {
namespace {

using base::ErrorKind;
using base::fail;
using tensor::DType;

template <class T>
void scale_from(const tensor::Tensor& from, float mean, float scale, std::span<float> to) {
  std::ranges::transform(from.as<T>(), to.begin(), [&](T q) { return (static_cast<float>(q) - mean) * scale; });
}

}  // namespace

base::Status scale_tensor(const tensor::Tensor& from, float mean, float scale, const tensor::TensorView& to) {
  if (from.type().elements() != to.type.elements())
    return fail(ErrorKind::kInvalid, "{} does not fill the model's input {}", from.type().to_string(),
                to.type.to_string());
  if (from.dtype() == to.dtype() && mean == 0 && scale == 1) {
    std::ranges::copy(from.bytes(), to.data);
    return {};
  }
  if (to.dtype() != DType::kF32)
    return fail(ErrorKind::kUnsupported, "{} cannot become the model's input {}: only f32 is made from other types",
                from.type().to_string(), to.type.to_string());
  const std::span<float> out = to.as<float>();
  switch (from.dtype()) {
    case DType::kF32: scale_from<float>(from, mean, scale, out); return {};
    case DType::kF64: scale_from<double>(from, mean, scale, out); return {};
    case DType::kF16: scale_from<tensor::Half>(from, mean, scale, out); return {};
    case DType::kU8: scale_from<std::uint8_t>(from, mean, scale, out); return {};
    case DType::kI8: scale_from<std::int8_t>(from, mean, scale, out); return {};
    case DType::kU16: scale_from<std::uint16_t>(from, mean, scale, out); return {};
    case DType::kI16: scale_from<std::int16_t>(from, mean, scale, out); return {};
    case DType::kI32: scale_from<std::int32_t>(from, mean, scale, out); return {};
    case DType::kI64: scale_from<std::int64_t>(from, mean, scale, out); return {};
    default: return fail(ErrorKind::kUnsupported, "samples of {} are not supported", from.type().to_string());
  }
}

}  // namespace hedge::evaluate
