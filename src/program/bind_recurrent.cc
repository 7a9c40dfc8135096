// hedge.Lstm: sums [T,B,4H], w [H,4H], h [B,H], c [B,H].
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

struct LstmFamily : PlainFamily<kernel::LstmKernel, kernel::LstmParams> {
  static Result<Problem> problem(const StepView& step) {
    const tensor::Shape& sums = step.inputs[0].shape;
    return Problem{.steps = sums[0],
                   .batch = sums[1],
                   .hidden = step.inputs[1].shape[0],
                   .backwards = step.attributes.integer("backwards", 0) != 0};
  }
  static kernel::LstmArgs args(const Operands& o, std::span<std::byte> scratch) {
    return {floats(o, 0), floats(o, 1),     floats(o, 2),
            floats(o, 3), output_floats(o), reinterpret_cast<char*>(scratch.data())};
  }
  static std::size_t scratch_bytes(const Problem& p) {
    return static_cast<std::size_t>(4 * p.batch * p.hidden) * sizeof(float);
  }
  static std::size_t packed_bytes(const Problem& p, const char*) {
    return kernel::panel_floats(p.hidden, 4 * p.hidden) * sizeof(float);
  }
  static void pack(const Problem& p, const char*, const Tensor& weights, std::byte* packed) {
    kernel::pack_panels(weights.as<float>().data(), p.hidden, 4 * p.hidden, 4 * p.hidden,
                        reinterpret_cast<float*>(packed));
  }
  static void unpack(const Problem& p, const char*, const std::byte* packed, Tensor& weights) {
    kernel::unpack_panels(reinterpret_cast<const float*>(packed), p.hidden, 4 * p.hidden, 4 * p.hidden,
                          weights.as<float>().data());
  }
};

}  // namespace

CandidateList lstm_candidates() { return make_candidates<LstmFamily>(kernel::lstm_kernels()); }

}  // namespace hedge::program
