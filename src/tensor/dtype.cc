#include "tensor/dtype.h"

namespace hedge::tensor {

std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kU8:
    case DType::kI8:
    case DType::kBool: return 1;
    case DType::kU16:
    case DType::kI16:
    case DType::kF16:
    case DType::kBF16: return 2;
    case DType::kF32:
    case DType::kI32:
    case DType::kU32: return 4;
    case DType::kI64:
    case DType::kU64:
    case DType::kF64: return 8;
    case DType::kUndefined: return 0;
  }
  return 0;
}

std::string_view to_string(DType dtype) {
  switch (dtype) {
    case DType::kUndefined: return "undefined";
    case DType::kF32: return "f32";
    case DType::kU8: return "u8";
    case DType::kI8: return "i8";
    case DType::kU16: return "u16";
    case DType::kI16: return "i16";
    case DType::kI32: return "i32";
    case DType::kI64: return "i64";
    case DType::kBool: return "bool";
    case DType::kF16: return "f16";
    case DType::kF64: return "f64";
    case DType::kU32: return "u32";
    case DType::kU64: return "u64";
    case DType::kBF16: return "bf16";
  }
  return "?";
}

bool is_float(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF64 || dtype == DType::kF16 || dtype == DType::kBF16;
}

bool is_integer(DType dtype) { return !is_float(dtype) && dtype != DType::kBool && dtype != DType::kUndefined; }

base::Result<DType> dtype_from_onnx(std::int64_t code) {
  using base::ErrorKind;
  if (code == 8) return base::fail(ErrorKind::kUnsupported, "string tensors are not supported");
  if (code == 14 || code == 15) return base::fail(ErrorKind::kUnsupported, "complex tensors are not supported");
  if (code >= 17 && code <= 30)
    return base::fail(ErrorKind::kUnsupported, "tensor type {} (float8, int4 or smaller) is not supported", code);
  if (code < 1 || code > 30) return base::fail(ErrorKind::kInvalid, "tensor type {} does not exist in ONNX", code);
  return static_cast<DType>(code);
}

}  // namespace hedge::tensor
