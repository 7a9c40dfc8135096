// Softmax over the last axis, or over what the old form flattens into it.
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

struct SoftmaxFamily : PlainFamily<kernel::SoftmaxKernel, kernel::SoftmaxParams> {
  static Result<Problem> problem(const StepView& step) {
    const tensor::Shape& x = step.inputs[0].shape;
    if (step.inputs[0].dtype != tensor::DType::kF32 || x.elements() == 0 || x.rank() == 0)
      return fail(ErrorKind::kUnsupported, "not f32, or empty");
    const std::int64_t given = step.attributes.integer("axis", step.opset >= 13 ? -1 : 1);
    const int axis = TRY(tensor::normalize_axis(given, x.rank()));
    if (step.opset >= 13 && axis != x.rank() - 1) return fail(ErrorKind::kUnsupported, "not over the last axis");
    return Problem{.rows = x.elements(0, axis), .columns = x.elements(axis, x.rank())};
  }
  static kernel::SoftmaxArgs args(const Operands& operands, std::span<std::byte>) {
    return {floats(operands, 0), output_floats(operands)};
  }
};

}  // namespace

CandidateList softmax_candidates() { return make_candidates<SoftmaxFamily>(kernel::softmax_kernels()); }

}  // namespace hedge::program
