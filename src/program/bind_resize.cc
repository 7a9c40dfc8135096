// hedge.Resize, hedge.QResize: the taps of every row and column are computed once, here.
#include "op/hedge/quant.h"
#include "op/hedge/resize_plan.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

/// The kernel's parameters with the tables that they point into.
template <class Params>
struct TapsProblem : Params {
  std::shared_ptr<const std::vector<kernel::ResizeTap>> taps;  ///< rows, then columns
};

template <class Params>
Result<TapsProblem<Params>> taps_problem(const StepView& step) {
  const op::NhwcResize plan = TRY(op::nhwc_resize(step.attributes, step.inputs[0]));
  auto taps = std::make_shared<std::vector<kernel::ResizeTap>>();
  for (const op::ResizeAxis* axis : {&plan.rows, &plan.columns})
    for (std::int64_t k = 0; k < axis->out; ++k) {
      const op::ResizePair pair = plan.neighbours(*axis, k);
      taps->push_back({static_cast<std::int32_t>(pair.first), static_cast<std::int32_t>(pair.second), pair.weight});
    }
  const tensor::Shape& x = step.inputs[0].shape;
  TapsProblem<Params> problem{};
  static_cast<kernel::ResizeParams&>(problem) = {.batch = x[0],
                                                 .in_h = x[1],
                                                 .in_w = x[2],
                                                 .channels = x[3],
                                                 .out_h = plan.rows.out,
                                                 .out_w = plan.columns.out,
                                                 .rows = taps->data(),
                                                 .columns = taps->data() + plan.rows.out};
  problem.taps = std::move(taps);
  return problem;
}

struct ResizeFamily : PlainFamily<kernel::ResizeKernel, TapsProblem<kernel::ResizeParams>> {
  static Result<Problem> problem(const StepView& step) {
    if (step.inputs[0].dtype != tensor::DType::kF32) return fail(ErrorKind::kUnsupported, "not f32");
    return taps_problem<kernel::ResizeParams>(step);
  }
  static kernel::ResizeArgs args(const Operands& operands, std::span<std::byte>) {
    return {floats(operands, 0), output_floats(operands)};
  }
};

/// hedge.QResize is linear; hedge.Resize of bytes is nearest.
struct QResizeFamily : PlainFamily<kernel::QResizeKernel, TapsProblem<kernel::QResizeParams>> {
  static bool takes_pitch(std::size_t k) { return k == 0 || k == kOutput; }
  static Result<Problem> problem(const StepView& step) {
    if (step.inputs[0].dtype != tensor::DType::kU8) return fail(ErrorKind::kUnsupported, "not bytes");
    Problem problem = TRY(taps_problem<kernel::QResizeParams>(step));
    problem.x_pitch = step.input_pitch(0);
    problem.y_pitch = step.output_pitch(0);
    problem.linear = step.op == "QResize";
    if (!problem.linear) return problem;
    const kernel::QuantEpilogue epilogue = TRY(op::quant_epilogue(step.attributes));
    problem.x_zero = TRY(op::zero_attribute(step.attributes, "x_zero"));
    problem.scale = TRY(op::finite_attribute(step.attributes, "scale", 1));
    problem.y_zero = epilogue.y_zero;
    problem.y_low = epilogue.y_low;
    problem.y_high = epilogue.y_high;
    return problem;
  }
  static kernel::QResizeArgs args(const Operands& operands, std::span<std::byte>) {
    return {operand<std::uint8_t>(operands, 0), reinterpret_cast<std::uint8_t*>(operands.outputs[0])};
  }
};

}  // namespace

CandidateList resize_candidates() {
  CandidateList list = make_candidates<ResizeFamily>(kernel::resize_kernels());
  const CandidateList bytes = make_candidates<QResizeFamily>(kernel::qresize_kernels());
  list.insert(list.end(), bytes.begin(), bytes.end());
  return list;
}

}  // namespace hedge::program
