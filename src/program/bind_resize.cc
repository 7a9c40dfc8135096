// hedge.Resize: the taps of every row and column are computed once, here.
#include "op/hedge/resize_plan.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

/// The kernel's parameters with the tables that they point into.
struct ResizeProblem : kernel::ResizeParams {
  std::shared_ptr<const std::vector<kernel::ResizeTap>> taps;  ///< rows, then columns
};

struct ResizeFamily : PlainFamily<kernel::ResizeKernel, ResizeProblem> {
  static Result<Problem> problem(const StepView& step) {
    if (step.inputs[0].dtype != tensor::DType::kF32) return fail(ErrorKind::kUnsupported, "not f32");
    const op::NhwcResize plan = TRY(op::nhwc_resize(step.attributes, step.inputs[0]));
    auto taps = std::make_shared<std::vector<kernel::ResizeTap>>();
    for (const op::ResizeAxis* axis : {&plan.rows, &plan.columns})
      for (std::int64_t k = 0; k < axis->out; ++k) {
        const op::ResizePair pair = plan.neighbours(*axis, k);
        taps->push_back({static_cast<std::int32_t>(pair.first), static_cast<std::int32_t>(pair.second), pair.weight});
      }
    const tensor::Shape& x = step.inputs[0].shape;
    Problem problem{{.batch = x[0],
                     .in_h = x[1],
                     .in_w = x[2],
                     .channels = x[3],
                     .out_h = plan.rows.out,
                     .out_w = plan.columns.out,
                     .rows = taps->data(),
                     .columns = taps->data() + plan.rows.out},
                    taps};
    return problem;
  }
  static kernel::ResizeArgs args(const Operands& operands, std::span<std::byte>) {
    return {floats(operands, 0), output_floats(operands)};
  }
};

}  // namespace

CandidateList resize_candidates() { return make_candidates<ResizeFamily>(kernel::resize_kernels()); }

}  // namespace hedge::program
