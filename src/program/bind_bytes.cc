// Element-wise work on bytes: hedge.QTable, QAdd, QMul, QPixels; ONNX's QuantizeLinear and DequantizeLinear of u8.
#include <cmath>

#include "op/hedge/quant.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

std::uint8_t* output_bytes(const Operands& operands) { return reinterpret_cast<std::uint8_t*>(operands.outputs[0]); }

struct QTableFamily : PlainFamily<kernel::QTableKernel, kernel::QTableParams> {
  static bool takes_pitch(std::size_t k) { return k == 0 || k == kOutput; }
  static bool avoids(const StepView& step, const Problem&) { return has_short_rows_apart(step); }
  static Result<Problem> problem(const StepView& step) {
    const std::int64_t elements = step.inputs[0].elements();
    if (step.is_dense()) return Problem{.rows = 1, .columns = elements, .x_pitch = elements, .y_pitch = elements};
    const tensor::Shape& x = step.inputs[0].shape;
    const std::int64_t columns = x[x.rank() - 1];
    return Problem{elements / columns, columns, step.input_pitch(0), step.output_pitch(0)};
  }
  static kernel::QTableArgs args(const Operands& o, std::span<std::byte>) {
    return {operand<std::uint8_t>(o, 0), operand<std::uint8_t>(o, 1), output_bytes(o)};
  }
  static bool may_overwrite(const Problem&, std::size_t input) { return input == 0; }
};

struct QBinaryFamily : PlainFamily<kernel::QBinaryKernel, kernel::QBinaryParams> {
  static bool takes_pitch(std::size_t k) { return k < 2 || k == kOutput; }
  static bool avoids(const StepView& step, const Problem&) { return has_short_rows_apart(step); }
  static Result<Problem> problem(const StepView& step) {
    const tensor::Shape &a = step.inputs[0].shape, &b = step.inputs[1].shape;
    const kernel::QuantEpilogue epilogue = TRY(op::quant_epilogue(step.attributes));
    const bool multiplies = step.op == "QMul";
    Problem problem{.function = multiplies ? kernel::QBinary::kMul : kernel::QBinary::kAdd,
                    .rows = 1,
                    .columns = a.elements(),
                    .rows_per_b = 1,
                    .a_zero = TRY(op::zero_attribute(step.attributes, "a_zero")),
                    .b_zero = TRY(op::zero_attribute(step.attributes, "b_zero")),
                    .a_scale = TRY(op::finite_attribute(step.attributes, multiplies ? "scale" : "a_scale", 1)),
                    .b_scale = TRY(op::finite_attribute(step.attributes, "b_scale", 1)),
                    .y_zero = epilogue.y_zero,
                    .y_low = epilogue.y_low,
                    .y_high = epilogue.y_high};
    if (!(a == b)) {  // a gate: one byte a channel for all pixels of an image
      const bool gates = a.rank() == 4 && b.rank() == 4 && a[0] == b[0] && a[3] == b[3] && b[1] == 1 && b[2] == 1;
      if (!gates) return fail(ErrorKind::kUnsupported, "{} and {} broadcast", a.to_string(), b.to_string());
      problem.rows = a[0] * a[1] * a[2];
      problem.columns = a[3];
      problem.rows_per_b = a[1] * a[2];
    } else if (!step.is_dense()) {
      problem.columns = a[a.rank() - 1];
      problem.rows = a.elements() / problem.columns;
    }
    problem.a_pitch = problem.b_pitch = problem.y_pitch = problem.columns;
    if (!step.is_dense()) {
      problem.a_pitch = step.input_pitch(0);
      problem.b_pitch = step.input_pitch(1);
      problem.y_pitch = step.output_pitch(0);
    }
    return problem;
  }
  static kernel::QBinaryArgs args(const Operands& o, std::span<std::byte>) {
    return {operand<std::uint8_t>(o, 0), operand<std::uint8_t>(o, 1), output_bytes(o)};
  }
  static bool may_overwrite(const Problem& p, std::size_t input) { return input == 0 || p.rows_per_b == 1; }
};

/// Scale and zero point as constants, one for all elements.
Result<kernel::QuantizeParams> quantize_params(const StepView& step, const TensorType& bytes, const TensorType& real) {
  if (bytes.dtype != tensor::DType::kU8 || real.dtype != tensor::DType::kF32)
    return fail(ErrorKind::kUnsupported, "between {} and {}", real.to_string(), bytes.to_string());
  const Tensor *scale = step.constants[1], *zero = step.has_input(2) ? step.constants[2] : nullptr;
  if (scale == nullptr || scale->shape().elements() != 1 || scale->dtype() != tensor::DType::kF32 ||
      (step.has_input(2) && (zero == nullptr || zero->shape().elements() != 1)))
    return fail(ErrorKind::kUnsupported, "a scale that is not one constant");
  return kernel::QuantizeParams{.elements = bytes.elements(),
                                .scale = scale->as<float>()[0],
                                .zero = zero != nullptr ? zero->as<std::uint8_t>()[0] : 0};
}

struct QuantizeFamily : PlainFamily<kernel::QuantizeKernel, kernel::QuantizeParams> {
  static Result<Problem> problem(const StepView& step) {
    return quantize_params(step, step.outputs[0], step.inputs[0]);
  }
  static kernel::QuantizeArgs args(const Operands& o, std::span<std::byte>) {
    return {operand<float>(o, 0), output_bytes(o)};
  }
};

struct QPixelsFamily : PlainFamily<kernel::QPixelsKernel, kernel::QPixelsParams> {
  static Result<Problem> problem(const StepView& step) {
    const tensor::Shape& x = step.inputs[0].shape;
    return Problem{.batch = x[0],
                   .channels = x[1],
                   .pixels = x[2] * x[3],
                   .scale = TRY(op::finite_attribute(step.attributes, "scale", 1)),
                   .zero = TRY(op::zero_attribute(step.attributes, "y_zero"))};
  }
  static kernel::QuantizeArgs args(const Operands& o, std::span<std::byte>) {
    return {operand<float>(o, 0), output_bytes(o)};
  }
};

struct DequantizeFamily : PlainFamily<kernel::DequantizeKernel, kernel::QuantizeParams> {
  static Result<Problem> problem(const StepView& step) {
    return quantize_params(step, step.inputs[0], step.outputs[0]);
  }
  static kernel::DequantizeArgs args(const Operands& o, std::span<std::byte>) {
    return {operand<std::uint8_t>(o, 0), output_floats(o)};
  }
};

}  // namespace

CandidateList qtable_candidates() { return make_candidates<QTableFamily>(kernel::qtable_kernels()); }
CandidateList qbinary_candidates() { return make_candidates<QBinaryFamily>(kernel::qbinary_kernels()); }
CandidateList quantize_candidates() { return make_candidates<QuantizeFamily>(kernel::quantize_kernels()); }
CandidateList qpixels_candidates() { return make_candidates<QPixelsFamily>(kernel::qpixels_kernels()); }
CandidateList dequantize_candidates() { return make_candidates<DequantizeFamily>(kernel::dequantize_kernels()); }

}  // namespace hedge::program
