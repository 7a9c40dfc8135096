// hedge.Gemm: a [..., K], w [K,N], bias?.
#include "program/epilogue.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

struct GemmFamily : PlainFamily<kernel::GemmKernel, kernel::GemmParams> {
  static Result<Problem> problem(const StepView& step) {
    const tensor::Shape &a = step.inputs[0].shape, &w = step.inputs[1].shape;
    return Problem{
        .m = a.elements(0, a.rank() - 1), .n = w[1], .k = w[0], .epilogue = TRY(epilogue_of(step.attributes))};
  }
  static kernel::GemmArgs args(const Operands& operands, std::span<std::byte>) {
    return {floats(operands, 0), floats(operands, 1), floats(operands, 2), output_floats(operands)};
  }
  static std::size_t packed_bytes(const Problem& p, const char*) {
    return kernel::panel_floats(p.k, p.n) * sizeof(float);
  }
  static void pack(const Problem& p, const char*, const Tensor& weights, std::byte* packed) {
    kernel::pack_panels(weights.as<float>().data(), p.k, p.n, p.n, reinterpret_cast<float*>(packed));
  }
  static void unpack(const Problem& p, const char*, const std::byte* packed, Tensor& weights) {
    kernel::unpack_panels(reinterpret_cast<const float*>(packed), p.k, p.n, p.n, weights.as<float>().data());
  }
};

}  // namespace

CandidateList gemm_candidates() { return make_candidates<GemmFamily>(kernel::gemm_kernels()); }

}  // namespace hedge::program
