// Functions of one operand and arithmetic on two, f32.
#include <algorithm>
#include <limits>
#include <optional>

#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

using kernel::Activation;

struct NamedActivation {
  std::string_view op;
  Activation activation;
  float alpha, beta;  ///< ONNX's defaults
};
constexpr NamedActivation kActivations[] = {
    {"Relu", Activation::kRelu, 0, 0},           {"LeakyRelu", Activation::kLeakyRelu, 0.01f, 0},
    {"Sigmoid", Activation::kSigmoid, 0, 0},     {"HardSigmoid", Activation::kHardSigmoid, 0.2f, 0.5f},
    {"HardSwish", Activation::kHardSwish, 0, 0}, {"Tanh", Activation::kTanh, 0, 0},
    {"Gelu", Activation::kGelu, 0, 0},           {"Silu", Activation::kSilu, 0, 0},
};

/// Clip's bounds: attributes before opset 11, constants since.
Result<kernel::Epilogue> clip(const StepView& step) {
  float bounds[2] = {std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max()};
  constexpr const char* kNames[2] = {"min", "max"};
  for (std::size_t k = 0; k < 2; ++k) {
    if (step.opset < 11) {
      bounds[k] = step.attributes.real(kNames[k], bounds[k]);
    } else if (step.has_input(k + 1)) {
      if (step.constants[k + 1] == nullptr) return fail(ErrorKind::kUnsupported, "a bound is computed at run time");
      bounds[k] = step.constants[k + 1]->as<float>()[0];
    }
  }
  return kernel::Epilogue{
      .activation = Activation::kClip, .alpha = bounds[0], .beta = bounds[1], .residual_last = false};
}

struct UnaryFamily : PlainFamily<kernel::UnaryKernel, kernel::UnaryParams> {
  static Result<Problem> problem(const StepView& step) {
    if (step.inputs[0].dtype != tensor::DType::kF32) return fail(ErrorKind::kUnsupported, "not f32");
    Problem problem{.elements = step.inputs[0].elements(), .function = kernel::Unary::kActivation, .epilogue = {}};
    if (step.op == "Exp")
      problem.function = kernel::Unary::kExp;
    else if (step.op == "Sqrt")
      problem.function = kernel::Unary::kSqrt;
    else if (step.op == "Neg")
      problem.function = kernel::Unary::kNeg;
    else if (step.op == "Abs")
      problem.function = kernel::Unary::kAbs;
    else if (step.op == "Clip")
      problem.epilogue = TRY(clip(step));
    else {
      const auto found = std::ranges::find(kActivations, step.op, &NamedActivation::op);
      if (found == std::end(kActivations)) return fail(ErrorKind::kUnsupported, "no vector form");
      if (step.op == "Gelu" && step.attributes.string("approximate", "none") == "tanh")
        return fail(ErrorKind::kUnsupported, "the tanh form");
      problem.epilogue = {.activation = found->activation,
                          .alpha = step.attributes.real("alpha", found->alpha),
                          .beta = step.attributes.real("beta", found->beta),
                          .residual_last = false};
    }
    return problem;
  }
  static kernel::UnaryArgs args(const Operands& operands, std::span<std::byte>) {
    return {floats(operands, 0), output_floats(operands)};
  }
  static bool may_overwrite(const Problem&, std::size_t input) { return input == 0; }
};

std::optional<kernel::Binary> binary_function(std::string_view op) {
  if (op == "Add" || op == "Sum") return kernel::Binary::kAdd;
  if (op == "Sub") return kernel::Binary::kSub;
  if (op == "Mul") return kernel::Binary::kMul;
  if (op == "Div") return kernel::Binary::kDiv;
  if (op == "Min") return kernel::Binary::kMin;
  if (op == "Max") return kernel::Binary::kMax;
  return std::nullopt;
}

/// Axes merged where both operands step alike, until three are left.
struct BinaryFamily : PlainFamily<kernel::BinaryKernel, kernel::BinaryParams> {
  static Result<Problem> problem(const StepView& step) {
    const auto function = binary_function(step.op);
    if (!function || step.inputs.size() != 2 || step.inputs[0].dtype != tensor::DType::kF32 || !step.has_input(1))
      return fail(ErrorKind::kUnsupported, "not two f32 operands");
    const tensor::Shape& shape = step.outputs[0].shape;
    struct Axis {
      std::int64_t size;
      bool a, b;  ///< whether the operand moves along it
    };
    std::array<Axis, tensor::kRankMax + 1> axes{};
    std::size_t count = 0;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (shape[axis] == 1) continue;
      const auto moves = [&](const tensor::Shape& s) {
        const int at = axis - (shape.rank() - s.rank());
        return at >= 0 && s[at] != 1;
      };
      const Axis next{shape[axis], moves(step.inputs[0].shape), moves(step.inputs[1].shape)};
      if (count > 0 && axes[count - 1].a == next.a && axes[count - 1].b == next.b)
        axes[count - 1].size *= next.size;
      else
        axes[count++] = next;
    }
    if (count > 3) return fail(ErrorKind::kUnsupported, "broadcast over {} groups of axes", count);
    while (count < 3) {  // leading axes of 1
      for (std::size_t k = count; k > 0; --k) axes[k] = axes[k - 1];
      axes[0] = {1, false, false};
      ++count;
    }
    const auto strides = [&](auto moves) {
      std::array<std::int64_t, 3> result{};
      std::int64_t step_size = 1;
      for (std::size_t k = 3; k-- > 0;) {
        result[k] = moves(axes[k]) ? step_size : 0;
        if (moves(axes[k])) step_size *= axes[k].size;
      }
      return result;
    };
    const auto a = strides([](const Axis& axis) { return axis.a; }),
               b = strides([](const Axis& axis) { return axis.b; });
    return Problem{.outer = axes[0].size,
                   .middle = axes[1].size,
                   .inner = axes[2].size,
                   .a_outer = a[0],
                   .a_middle = a[1],
                   .a_inner = a[2],
                   .b_outer = b[0],
                   .b_middle = b[1],
                   .b_inner = b[2],
                   .function = *function};
  }
  static kernel::BinaryArgs args(const Operands& operands, std::span<std::byte>) {
    return {floats(operands, 0), floats(operands, 1), output_floats(operands)};
  }
  /// Only an operand that moves along every axis is as large as the output.
  static bool may_overwrite(const Problem& p, std::size_t input) {
    const auto whole = [](std::int64_t size, std::int64_t stride) { return size == 1 || stride != 0; };
    return input == 0 ? whole(p.outer, p.a_outer) && whole(p.middle, p.a_middle) && whole(p.inner, p.a_inner)
                      : whole(p.outer, p.b_outer) && whole(p.middle, p.b_middle) && whole(p.inner, p.b_inner);
  }
};

}  // namespace

CandidateList unary_candidates() { return make_candidates<UnaryFamily>(kernel::unary_kernels()); }
CandidateList binary_candidates() { return make_candidates<BinaryFamily>(kernel::binary_kernels()); }

}  // namespace hedge::program
