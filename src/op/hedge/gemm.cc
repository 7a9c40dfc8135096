// hedge.Gemm: a f32[..., K] times constant w f32[K, N] plus bias f32[N]?, then an activation.
#include <algorithm>

#include "op/hedge/activate.h"
#include "op/nn/matrix_product.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_gemm(const InferArgs& args) {
  const TensorType &a = args.input(0), &w = args.input(1);
  (void)TRY(fused_activation(args.attributes));
  if (a.dtype != DType::kF32 || w.dtype != DType::kF32 || a.shape.rank() < 1 || w.shape.rank() != 2 ||
      a.shape[a.shape.rank() - 1] != w.shape[0])
    return fail(ErrorKind::kInvalid, "{} times {}", a.to_string(), w.to_string());
  if (args.has_input(2) && !(args.input(2) == TensorType{DType::kF32, Shape{w.shape[1]}}))
    return fail(ErrorKind::kInvalid, "bias {}", args.input(2).to_string());
  TensorType type = a;
  type.shape[a.shape.rank() - 1] = w.shape[1];
  return std::vector{TensorType{type.dtype, TRY(Shape::create(type.shape.dims()))}};
}

Status run(const RunArgs& args) {
  const FusedActivation activation = TRY(fused_activation(args.attributes));
  const std::int64_t k = args.input(1).shape()[0], n = args.input(1).shape()[1];
  const auto y = args.output(0).as<float>();
  const std::int64_t m = n == 0 ? 0 : static_cast<std::int64_t>(y.size()) / n;
  std::ranges::fill(y, 0.0f);
  add_product({m, n, k}, args.input(0).as<float>().data(), k, 1, args.input(1).as<float>().data(), n, 1, y.data());
  for (std::size_t i = 0; i < y.size(); ++i) {
    const float bias = args.has_input(2) ? args.input(2).as<float>()[i % static_cast<std::size_t>(n)] : 0;
    y[i] = activation(y[i] + bias);
  }
  return {};
}

}  // namespace

extern const Operator kHedgeGemm;
const Operator kHedgeGemm = {
    .domain = kHedgeDomain, .name = "Gemm", .inputs_min = 2, .inputs_max = 3, .infer = infer_gemm, .run = run};

}  // namespace hedge::op
