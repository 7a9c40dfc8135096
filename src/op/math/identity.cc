// Identity, and Dropout at inference: a copy.
#include <algorithm>
#include <cstring>

#include "op/shape_rules.h"

namespace hedge::op {
namespace {

void copy_input(const RunArgs& args) {
  if (const std::size_t size = args.input(0).type.size_bytes(); size > 0)
    std::memcpy(args.output(0).data, args.input(0).data, size);
}

Status run_identity(const RunArgs& args) {
  copy_input(args);
  return {};
}

Result<std::vector<TensorType>> infer_dropout(const InferArgs& args) {
  if (args.has_input(2)) {
    const Tensor* training = TRY(args.constant(2, "training_mode"));
    if (training->dtype() != DType::kBool || training->as<bool>().size() != 1 || training->as<bool>()[0])
      return fail(ErrorKind::kUnsupported, "training mode: export the model for inference");
  }
  return std::vector{args.input(0), TensorType{DType::kBool, args.input(0).shape}};
}

Status run_dropout(const RunArgs& args) {
  copy_input(args);
  if (args.has_output(1)) std::ranges::fill(args.output(1).as<bool>(), true);
  return {};
}

}  // namespace

extern const Operator kIdentity, kDropout;
const Operator kIdentity = {.name = "Identity", .infer = same_as_input, .run = run_identity};
const Operator kDropout = {
    .name = "Dropout", .inputs_max = 3, .outputs_max = 2, .infer = infer_dropout, .run = run_dropout};

}  // namespace hedge::op
