// hedge.MaxPool, AveragePool, GlobalAveragePool in f32; MaxPool and QAveragePool of bytes.
#include "op/hedge/nhwc.h"
#include "op/hedge/quant.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

Result<kernel::PoolParams> pool_params(const StepView& step) {
  const tensor::Shape& x = step.inputs[0].shape;
  if (step.op == "GlobalAveragePool") {
    if (x[1] == 0 || x[2] == 0) return fail(ErrorKind::kUnsupported, "an empty image");
    return kernel::PoolParams{.batch = x[0],
                              .in_h = x[1],
                              .in_w = x[2],
                              .channels = x[3],
                              .out_h = 1,
                              .out_w = 1,
                              .kernel_h = x[1],
                              .kernel_w = x[2],
                              .stride_h = 1,
                              .stride_w = 1,
                              .dilation_h = 1,
                              .dilation_w = 1,
                              .pad_top = 0,
                              .pad_left = 0,
                              .pad_bottom = 0,
                              .pad_right = 0,
                              .average = true,
                              .count_include_pad = false};
  }
  const op::NhwcWindow window = TRY(op::nhwc_pool_window(step.attributes, step.inputs[0]));
  return kernel::PoolParams{.batch = window.batch,
                            .in_h = window.in_h,
                            .in_w = window.in_w,
                            .channels = window.in_c,
                            .out_h = window.out_h,
                            .out_w = window.out_w,
                            .kernel_h = window.kernel_h,
                            .kernel_w = window.kernel_w,
                            .stride_h = window.stride_h,
                            .stride_w = window.stride_w,
                            .dilation_h = window.dilation_h,
                            .dilation_w = window.dilation_w,
                            .pad_top = window.pad_top,
                            .pad_left = window.pad_left,
                            .pad_bottom = window.pad_bottom,
                            .pad_right = window.pad_right,
                            .average = step.op != "MaxPool",
                            .count_include_pad = step.attributes.integer("count_include_pad", 0) != 0};
}

struct PoolFamily : PlainFamily<kernel::PoolKernel, kernel::PoolParams> {
  static Result<Problem> problem(const StepView& step) {
    if (step.inputs[0].dtype != tensor::DType::kF32) return fail(ErrorKind::kUnsupported, "not f32");
    return pool_params(step);
  }
  static kernel::PoolArgs args(const Operands& operands, std::span<std::byte>) {
    return {floats(operands, 0), output_floats(operands)};
  }
};

struct QPoolFamily : PlainFamily<kernel::QPoolKernel, kernel::QPoolParams> {
  static bool takes_pitch(std::size_t k) { return k == 0 || k == kOutput; }
  static Result<Problem> problem(const StepView& step) {
    if (step.inputs[0].dtype != tensor::DType::kU8) return fail(ErrorKind::kUnsupported, "not bytes");
    const kernel::PoolParams pool = TRY(pool_params(step));
    const kernel::QuantEpilogue epilogue = TRY(op::quant_epilogue(step.attributes));
    return Problem{pool,
                   step.input_pitch(0),
                   step.output_pitch(0),
                   TRY(op::zero_attribute(step.attributes, "x_zero")),
                   TRY(op::finite_attribute(step.attributes, "scale", 1)),
                   epilogue.y_zero,
                   epilogue.y_low,
                   epilogue.y_high};
  }
  static kernel::QPoolArgs args(const Operands& operands, std::span<std::byte>) {
    return {operand<std::uint8_t>(operands, 0), reinterpret_cast<std::uint8_t*>(operands.outputs[0])};
  }
};

}  // namespace

CandidateList pool_candidates() {
  CandidateList list = make_candidates<PoolFamily>(kernel::pool_kernels());
  const CandidateList bytes = make_candidates<QPoolFamily>(kernel::qpool_kernels());
  list.insert(list.end(), bytes.begin(), bytes.end());
  return list;
}

}  // namespace hedge::program
