// hedge.MaxPool, AveragePool, GlobalAveragePool.
#include "op/hedge/nhwc.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

struct PoolFamily : PlainFamily<kernel::PoolKernel, kernel::PoolParams> {
  static Result<Problem> problem(const StepView& step) {
    const tensor::Shape& x = step.inputs[0].shape;
    if (step.inputs[0].dtype != tensor::DType::kF32) return fail(ErrorKind::kUnsupported, "not f32");
    if (step.op == "GlobalAveragePool") {
      if (x[1] == 0 || x[2] == 0) return fail(ErrorKind::kUnsupported, "an empty image");
      return Problem{.batch = x[0],
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
    return Problem{.batch = window.batch,
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
                   .average = step.op == "AveragePool",
                   .count_include_pad = step.attributes.integer("count_include_pad", 0) != 0};
  }
  static kernel::PoolArgs args(const Operands& operands, std::span<std::byte>) {
    return {floats(operands, 0), output_floats(operands)};
  }
};

}  // namespace

CandidateList pool_candidates() { return make_candidates<PoolFamily>(kernel::pool_kernels()); }

}  // namespace hedge::program
