// hedge.Conv: x [N,H,W,C], w [KH,KW,C/group,OC], bias?, residual?.
#include "op/hedge/nhwc.h"
#include "program/epilogue.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

struct ConvFamily : PlainFamily<kernel::ConvKernel, kernel::ConvParams> {
  static Result<Problem> problem(const StepView& step) {
    const tensor::Shape& w = step.inputs[1].shape;
    const op::NhwcWindow window = TRY(op::nhwc_window(step.attributes, step.inputs[0].shape, w[0], w[1]));
    const kernel::ConvShape shape{.batch = window.batch,
                                  .in_h = window.in_h,
                                  .in_w = window.in_w,
                                  .in_c = window.in_c,
                                  .out_h = window.out_h,
                                  .out_w = window.out_w,
                                  .out_c = w[3],
                                  .kernel_h = window.kernel_h,
                                  .kernel_w = window.kernel_w,
                                  .stride_h = window.stride_h,
                                  .stride_w = window.stride_w,
                                  .dilation_h = window.dilation_h,
                                  .dilation_w = window.dilation_w,
                                  .pad_top = window.pad_top,
                                  .pad_left = window.pad_left,
                                  .groups = step.attributes.integer("group", 1)};
    return Problem{shape, TRY(epilogue_of(step.attributes))};
  }
  static kernel::ConvArgs args(const Operands& operands, std::span<std::byte> scratch) {
    return {floats(operands, 0), floats(operands, 1),     floats(operands, 2),
            floats(operands, 3), output_floats(operands), reinterpret_cast<char*>(scratch.data())};
  }
  static std::size_t scratch_bytes(const Problem& p) { return kernel::conv_scratch_floats(p) * sizeof(float); }
  static std::size_t packed_bytes(const Problem& p) {
    return static_cast<std::size_t>(p.groups) * kernel::panel_floats(p.depth(), p.group_out()) * sizeof(float);
  }
  static void pack(const Problem& p, const float* weights, float* packed) {
    for (std::int64_t group = 0; group < p.groups; ++group)
      kernel::pack_panels(weights + group * p.group_out(), p.depth(), p.group_out(), p.out_c,
                          packed + group * static_cast<std::int64_t>(kernel::panel_floats(p.depth(), p.group_out())));
  }
};

}  // namespace

CandidateList conv_candidates() { return make_candidates<ConvFamily>(kernel::conv_kernels()); }

}  // namespace hedge::program
