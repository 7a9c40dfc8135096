// hedge.Silu: x * sigmoid(x), any shape.
#include "kernel/activation.h"
#include "op/shape_rules.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_silu(const InferArgs& args) {
  if (args.input(0).dtype != DType::kF32) return fail(ErrorKind::kInvalid, "input {}", args.input(0).to_string());
  return same_as_input(args);
}

Status run(const RunArgs& args) {
  const auto x = args.input(0).as<float>();
  const auto y = args.output(0).as<float>();
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = kernel::apply(kernel::Activation::kSilu, x[i], 0, 0);
  return {};
}

}  // namespace

extern const Operator kHedgeSilu;
const Operator kHedgeSilu = {.domain = kHedgeDomain, .name = "Silu", .infer = infer_silu, .run = run};

}  // namespace hedge::op
