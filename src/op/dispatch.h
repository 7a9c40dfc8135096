// From a runtime dtype to a template instance: `visit_dtype<Numeric>(dtype, [&]<class T>() { ... })`.
#pragma once

#include "base/result.h"
#include "op/operator.h"

namespace hedge::op {

template <class... T>
struct Types {};

using FloatTypes = Types<float, double, tensor::Half, tensor::BFloat16>;
using IntegerTypes = Types<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                           std::uint32_t, std::uint64_t>;
using NumericTypes = Types<float, double, tensor::Half, tensor::BFloat16, std::int8_t, std::int16_t, std::int32_t,
                           std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
using AllTypes = Types<float, double, tensor::Half, tensor::BFloat16, std::int8_t, std::int16_t, std::int32_t,
                       std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, bool>;

/// Calls `visit.template operator()<T>()` for the T of `dtype`; kUnsupported where the list does not hold it.
template <class List, class Visit>
Status visit_dtype(DType dtype, Visit&& visit) {
  bool found = false;
  Status status;
  const auto attempt = [&]<class T>() {
    if (found || tensor::kDTypeOf<T> != dtype) return;
    found = true;
    if constexpr (std::is_void_v<decltype(visit.template operator()<T>())>)
      visit.template operator()<T>();
    else
      status = visit.template operator()<T>();
  };
  [&]<class... T>(Types<T...>) { (attempt.template operator()<T>(), ...); }(List{});
  if (!found) return fail(ErrorKind::kUnsupported, "element type {} is not supported here", tensor::to_string(dtype));
  return status;
}

/// The type in which a T is computed: half types as float, the rest as themselves.
template <class T>
struct ComputeType {
  using type = T;
};
template <>
struct ComputeType<tensor::Half> {
  using type = float;
};
template <>
struct ComputeType<tensor::BFloat16> {
  using type = float;
};
template <class T>
using Compute = typename ComputeType<T>::type;

}  // namespace hedge::op
