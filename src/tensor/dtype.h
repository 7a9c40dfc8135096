// Element types. The numbers are ONNX's (onnx.proto3, TensorProto.DataType), so a file and our memory agree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "tensor/half.h"

namespace hedge::tensor {

enum class DType : std::uint8_t {
  kUndefined = 0,
  kF32 = 1,
  kU8 = 2,
  kI8 = 3,
  kU16 = 4,
  kI16 = 5,
  kI32 = 6,
  kI64 = 7,
  kBool = 9,
  kF16 = 10,
  kF64 = 11,
  kU32 = 12,
  kU64 = 13,
  kBF16 = 16,
};

std::size_t size_of(DType dtype);  ///< bytes an element; 0 for kUndefined
std::string_view to_string(DType dtype);
bool is_float(DType dtype);    ///< f32, f64, f16, bf16
bool is_integer(DType dtype);  ///< signed and unsigned, not bool

/// From ONNX's number; strings, complex, float8 and int4 are kUnsupported, other numbers kInvalid.
base::Result<DType> dtype_from_onnx(std::int64_t code);

template <class T>
struct DTypeOf;
// clang-format off
template <> struct DTypeOf<float> { static constexpr DType value = DType::kF32; };
template <> struct DTypeOf<std::uint8_t> { static constexpr DType value = DType::kU8; };
template <> struct DTypeOf<std::int8_t> { static constexpr DType value = DType::kI8; };
template <> struct DTypeOf<std::uint16_t> { static constexpr DType value = DType::kU16; };
template <> struct DTypeOf<std::int16_t> { static constexpr DType value = DType::kI16; };
template <> struct DTypeOf<std::int32_t> { static constexpr DType value = DType::kI32; };
template <> struct DTypeOf<std::int64_t> { static constexpr DType value = DType::kI64; };
template <> struct DTypeOf<bool> { static constexpr DType value = DType::kBool; };
template <> struct DTypeOf<Half> { static constexpr DType value = DType::kF16; };
template <> struct DTypeOf<double> { static constexpr DType value = DType::kF64; };
template <> struct DTypeOf<std::uint32_t> { static constexpr DType value = DType::kU32; };
template <> struct DTypeOf<std::uint64_t> { static constexpr DType value = DType::kU64; };
template <> struct DTypeOf<BFloat16> { static constexpr DType value = DType::kBF16; };
// clang-format on
template <class T>
inline constexpr DType kDTypeOf = DTypeOf<T>::value;

}  // namespace hedge::tensor
