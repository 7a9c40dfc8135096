// Cast, CastLike: between numbers and bool. Floats become integers towards zero and saturate (C++ leaves it undefined;
// ONNX does not say); integers wrap into narrower ones, as NumPy.
#include "op/dispatch.h"
#include "op/math/wrap.h"
#include "op/shape_rules.h"

namespace hedge::op {
namespace {

template <class To, class From>
To convert(From x) {
  using C = Compute<From>;
  const C value = static_cast<C>(x);
  if constexpr (std::is_same_v<To, bool>) {
    return value != C{};
  } else if constexpr (std::integral<To> && std::floating_point<C>) {
    return saturate_cast<To>(value);
  } else if constexpr (std::is_same_v<To, tensor::Half> || std::is_same_v<To, tensor::BFloat16>) {
    return To(static_cast<float>(value));
  } else {
    return static_cast<To>(value);
  }
}

Status run(const RunArgs& args) {
  return visit_dtype<AllTypes>(args.input(0).dtype(), [&]<class From>() {
    return visit_dtype<AllTypes>(args.output(0).dtype(), [&]<class To>() {
      const auto x = args.input(0).as<From>();
      const auto y = args.output(0).as<To>();
      for (std::size_t i = 0; i < x.size(); ++i) y[i] = convert<To>(x[i]);
    });
  });
}

Result<std::vector<TensorType>> infer_cast(const InferArgs& args) {
  const DType dtype = TRY(tensor::dtype_from_onnx(args.attributes.integer("to", 0)));
  return std::vector{TensorType{dtype, args.input(0).shape}};
}

Result<std::vector<TensorType>> infer_cast_like(const InferArgs& args) {
  return std::vector{TensorType{args.input(1).dtype, args.input(0).shape}};
}

}  // namespace

extern const Operator kCast, kCastLike;
const Operator kCast = {.name = "Cast", .infer = infer_cast, .run = run};
const Operator kCastLike = {
    .name = "CastLike", .inputs_min = 2, .inputs_max = 2, .opset_min = 15, .infer = infer_cast_like, .run = run};

}  // namespace hedge::op
