// MatMul of two run-time operands. Batches must broadcast simply: equal, or one operand without any.
#include "op/nn/mat_mul_shape.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

struct MatMulFamily : PlainFamily<kernel::MatMulKernel, kernel::MatMulParams> {
  static Result<Problem> problem(const StepView& step) {
    if (step.inputs[0].dtype != tensor::DType::kF32) return fail(ErrorKind::kUnsupported, "not f32");
    const op::MatMulShape shape = TRY(op::mat_mul_shape(step.inputs[0].shape, step.inputs[1].shape));
    const std::int64_t batch = shape.batch.elements(), a = shape.a_batch.elements(), b = shape.b_batch.elements();
    if ((a != batch && a != 1) || (b != batch && b != 1))
      return fail(ErrorKind::kUnsupported, "batches broadcast axis by axis");
    if (shape.output.elements() == 0 || shape.k == 0) return fail(ErrorKind::kUnsupported, "empty");
    return Problem{.batch = batch,
                   .m = shape.m,
                   .n = shape.n,
                   .k = shape.k,
                   .a_batch = a == 1 ? 0 : shape.m * shape.k,
                   .b_batch = b == 1 ? 0 : shape.k * shape.n};
  }
  static kernel::MatMulArgs args(const Operands& operands, std::span<std::byte>) {
    return {floats(operands, 0), floats(operands, 1), output_floats(operands)};
  }
};

}  // namespace

CandidateList matmul_candidates() { return make_candidates<MatMulFamily>(kernel::matmul_kernels()); }

}  // namespace hedge::program
