// Index operands of Gather, Scatter and their kin: i32 or i64, negative ones count from the end, others are errors.
#pragma once

#include "op/operator.h"

namespace hedge::op {

inline Status check_index_type(DType dtype) {
  if (dtype != DType::kI32 && dtype != DType::kI64)
    return fail(ErrorKind::kInvalid, "indices are {}, not i32 or i64", tensor::to_string(dtype));
  return {};
}

/// Index k of the list as 0..length-1, or -1 where it is out of range.
inline std::int64_t index_at(const ConstTensorView& indices, std::size_t k, std::int64_t length) {
  std::int64_t index = indices.dtype() == DType::kI64 ? reinterpret_cast<const std::int64_t*>(indices.data)[k]
                                                      : reinterpret_cast<const std::int32_t*>(indices.data)[k];
  if (index < 0) index += length;
  return index >= 0 && index < length ? index : -1;
}

inline std::unexpected<base::Error> bad_index(std::int64_t length) {
  return fail(ErrorKind::kInvalid, "an index is outside an axis of {}", length);
}

}  // namespace hedge::op
