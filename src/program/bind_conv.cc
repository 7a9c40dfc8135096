// hedge.Conv: x [N,H,W,C], w [KH,KW,C/group,OC], bias?, residual?. hedge.QConv: the same on bytes.
#include "kernel/fold_affine.h"
#include "op/hedge/nhwc.h"
#include "op/hedge/quant.h"
#include "program/epilogue.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

Result<kernel::ConvShape> conv_shape(const StepView& step) {
  const tensor::Shape& w = step.inputs[1].shape;
  const op::NhwcWindow window = TRY(op::nhwc_window(step.attributes, step.inputs[0].shape, w[0], w[1]));
  return kernel::ConvShape{.batch = window.batch,
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
}

struct ConvFamily : PlainFamily<kernel::ConvKernel, kernel::ConvParams> {
  static Result<Problem> problem(const StepView& step) {
    return Problem{TRY(conv_shape(step)), TRY(epilogue_of(step.attributes))};
  }
  static kernel::ConvArgs args(const Operands& operands, std::span<std::byte> scratch) {
    return {floats(operands, 0), floats(operands, 1),     floats(operands, 2),
            floats(operands, 3), output_floats(operands), reinterpret_cast<char*>(scratch.data())};
  }
  static std::size_t scratch_bytes(const Problem& p) { return kernel::conv_scratch_floats(p) * sizeof(float); }
  static std::size_t packed_bytes(const Problem& p, const char*) {
    return static_cast<std::size_t>(p.groups) * kernel::panel_floats(p.depth(), p.group_out()) * sizeof(float);
  }
  static void pack(const Problem& p, const char*, const Tensor& weights, std::byte* packed) {
    const float* from = weights.as<float>().data();
    auto* to = reinterpret_cast<float*>(packed);
    for (std::int64_t group = 0; group < p.groups; ++group)
      kernel::pack_panels(from + group * p.group_out(), p.depth(), p.group_out(), p.out_c,
                          to + group * static_cast<std::int64_t>(kernel::panel_floats(p.depth(), p.group_out())));
  }
  static void unpack(const Problem& p, const char*, const std::byte* packed, Tensor& weights) {
    const auto* from = reinterpret_cast<const float*>(packed);
    float* to = weights.as<float>().data();
    for (std::int64_t group = 0; group < p.groups; ++group)
      kernel::unpack_panels(from + group * static_cast<std::int64_t>(kernel::panel_floats(p.depth(), p.group_out())),
                            p.depth(), p.group_out(), p.out_c, to + group * p.group_out());
  }
};

/// The kernel's parameters with the tables behind them.
struct QConvProblem : kernel::QConvParams {
  std::shared_ptr<const kernel::FoldedAffineTables> tables;
};

struct QConvFamily : PlainFamily<kernel::QConvKernel, QConvProblem> {
  static constexpr std::size_t kResidual = 5;
  static bool takes_pitch(std::size_t k) { return k == 0 || k == kResidual || k == kOutput; }
  static Result<Problem> problem(const StepView& step) {
    const kernel::ConvShape shape = TRY(conv_shape(step));
    const kernel::QuantEpilogue epilogue = TRY(op::quant_epilogue(step.attributes));
    return Problem{{shape,
                    TRY(op::zero_attribute(step.attributes, "x_zero")),
                    step.input_pitch(0),
                    step.output_pitch(0),
                    step.has_input(kResidual) ? step.input_pitch(kResidual) : shape.out_c,
                    epilogue,
                    TRY(op::quant_sequel(step.attributes)),
                    {}},
                   nullptr};
  }
  /// The operands of a sequel are constants, as a rule.
  static void prepare(Problem& problem, const StepView& step, kernel::IsaSet) {
    constexpr std::size_t kGain = 4, kFactor = 7, kShift = 8, kSequelScale = 9;
    if (problem.sequel.kind != kernel::QSequel::kAffine || step.has_input(kGain)) return;
    for (const std::size_t k : {std::size_t{2}, std::size_t{3}, kFactor, kShift, kSequelScale})
      if (k >= step.constants.size() || step.constants[k] == nullptr) return;
    const auto values = [&]<class T>(std::size_t k, T) { return step.constants[k]->as<T>().data(); };
    auto tables = kernel::fold_affine(problem, {.bias = values(2, std::int32_t{}),
                                                .scale = values(3, float{}),
                                                .factor = values(kFactor, std::int32_t{}),
                                                .shift = values(kShift, std::int32_t{}),
                                                .sequel_scale = values(kSequelScale, float{})});
    if (!tables) return;
    problem.tables = std::make_shared<const kernel::FoldedAffineTables>(std::move(*tables));
    problem.folded = problem.tables->view();
  }
  static kernel::QConvArgs args(const Operands& o, std::span<std::byte> scratch) {
    return {.x = operand<std::uint8_t>(o, 0),
            .weights = operand<std::int8_t>(o, 1),
            .bias = operand<std::int32_t>(o, 2),
            .scale = operand<float>(o, 3),
            .gain = operand<float>(o, 4),
            .residual = operand<std::uint8_t>(o, kResidual),
            .table = operand<std::uint8_t>(o, 6),
            .factor = operand<std::int32_t>(o, 7),
            .shift = operand<std::int32_t>(o, 8),
            .sequel_scale = operand<float>(o, 9),
            .y = reinterpret_cast<std::uint8_t*>(o.outputs[0]),
            .scratch = reinterpret_cast<char*>(scratch.data())};
  }
  static std::size_t scratch_bytes(const Problem& p) { return kernel::qconv_scratch_bytes(p); }
  static std::size_t packed_bytes(const Problem& p, const char* packing) {
    return kernel::packed_qconv_bytes(packing, p);
  }
  static void pack(const Problem& p, const char* packing, const Tensor& weights, std::byte* packed) {
    kernel::pack_qconv(packing, p, weights.as<std::int8_t>().data(), reinterpret_cast<std::int8_t*>(packed));
  }
  static void unpack(const Problem& p, const char* packing, const std::byte* packed, Tensor& weights) {
    kernel::unpack_qconv(packing, p, reinterpret_cast<const std::int8_t*>(packed), weights.as<std::int8_t>().data());
  }
};

}  // namespace

CandidateList qconv_candidates() { return make_candidates<QConvFamily>(kernel::qconv_kernels()); }
CandidateList conv_candidates() { return make_candidates<ConvFamily>(kernel::conv_kernels()); }

}  // namespace hedge::program
