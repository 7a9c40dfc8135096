// Wraps a kernel of a table (kernel/table.h) as a candidate. A Family says how a step becomes the kernel's parameters:
//
//   struct Family {
//     using Kernel = kernel::ConvKernel;
//     using Problem = kernel::ConvParams;                        // or a struct derived from it that owns tables
//     static Result<Problem> problem(const StepView&);           // an error is the reason to decline
//     static Args args(const Operands&, std::span<std::byte> scratch);
//     static void prepare(Problem&, const StepView&, kernel::IsaSet needs);  // optional: tables, made when bound
//     static bool avoids(const StepView&, const Problem&);          // optional: others, or none, do it better
//     static std::size_t scratch_bytes(const Problem&);
//     static bool may_overwrite(const Problem&, std::size_t input);
//     static bool takes_pitch(std::size_t input);                 // may lie apart in rows; kOutput: so may y
//     static std::size_t packed_bytes(const Problem&, const char* packing);  // where the kernel names a packing
//     static void pack(const Problem&, const char* packing, const Tensor& weights, std::byte* packed);
//     static void unpack(const Problem&, const char* packing, const std::byte* packed, Tensor& weights);  // its
//     inverse
//   };
#pragma once

#include <array>
#include <vector>

#include "kernel/table.h"
#include "program/family.h"
#include "program/footprint.h"

namespace hedge::program {

inline constexpr std::size_t kOperandsMax = 10;  ///< of the operators that have kernels

inline constexpr std::size_t kOutput = kOperandsMax;  ///< for Family::takes_pitch

template <class Family>
class KernelStep final : public BoundStep {
 public:
  KernelStep(typename Family::Problem problem, const typename Family::Kernel& kernel, const Operands& operands)
      : problem_(std::move(problem)), run_(kernel.run) {
    for (std::size_t k = 0; k < operands.inputs.size() && k < kOperandsMax; ++k) inputs_[k] = operands.inputs[k];
    output_ = operands.outputs[0];
  }
  Status run(kernel::Slice slice, std::span<std::byte> scratch) const override {
    run_(problem_, Family::args({inputs_, {&output_, 1}}, scratch), slice);
    return {};
  }

 private:
  typename Family::Problem problem_;
  decltype(Family::Kernel::run) run_;
  std::array<const std::byte*, kOperandsMax> inputs_{};
  std::byte* output_ = nullptr;
};

template <class Family>
class KernelCandidate final : public Candidate {
 public:
  explicit KernelCandidate(const typename Family::Kernel& kernel) : kernel_(kernel) {}
  std::string_view name() const override { return kernel_.name; }
  kernel::IsaSet needs() const override { return kernel_.needs; }
  std::string declines(const StepView& step) const override {
    if (step.inputs.size() > kOperandsMax) return "more operands than the kernel has";
    if (step.outputs.size() != 1) return "more outputs than the kernel has";
    for (const auto types : {step.inputs, step.outputs})
      for (const TensorType& type : types)
        if (type.elements() == 0) return "an operand is empty";
    for (std::size_t k = 0; k < step.input_pitches.size(); ++k)
      if (step.input_pitches[k] != 0 && !Family::takes_pitch(k)) return "an operand's rows lie apart";
    if (!step.output_pitches.empty() && step.output_pitches[0] != 0 && !Family::takes_pitch(kOutput))
      return "its output's rows lie apart";
    const auto problem = Family::problem(step);
    if (!problem) return problem.error().message;
    const char* reason = kernel_.declines(*problem);
    return reason != nullptr ? reason : "";
  }
  bool avoids(const StepView& step) const override {
    if constexpr (requires(typename Family::Problem problem) { Family::avoids(step, problem); })
      return declines(step).empty() && Family::avoids(step, *Family::problem(step));
    return false;
  }
  Result<std::unique_ptr<BoundStep>> bind(const StepView& step, const Operands& operands) const override {
    if (const std::string reason = declines(step); !reason.empty())
      return fail(ErrorKind::kInvalid, "kernel {} cannot run this step: {}", name(), reason);
    auto problem = TRY(Family::problem(step));
    if constexpr (requires { Family::prepare(problem, step, kernel_.needs); })
      Family::prepare(problem, step, kernel_.needs);
    return std::make_unique<KernelStep<Family>>(std::move(problem), kernel_, operands);
  }
  std::size_t scratch_bytes(const StepView& step) const override {
    const auto problem = Family::problem(step);
    return problem ? Family::scratch_bytes(*problem) : 0;
  }
  bool may_overwrite(const StepView& step, std::size_t input) const override {
    const auto problem = Family::problem(step);
    return problem && Family::may_overwrite(*problem, input);
  }
  std::string_view packing() const override { return kernel_.packing; }
  std::size_t packed_bytes(const StepView& step) const override {
    if constexpr (kPacks) {
      const auto problem = Family::problem(step);
      return problem && !packing().empty() ? Family::packed_bytes(*problem, kernel_.packing) : 0;
    }
    return 0;
  }
  void pack(const StepView& step, const Tensor& weights, std::span<std::byte> packed) const override {
    if constexpr (kPacks) {
      const auto problem = Family::problem(step);
      HEDGE_CHECK(problem.has_value() && packed.size() >= Family::packed_bytes(*problem, kernel_.packing));
      Family::pack(*problem, kernel_.packing, weights, packed.data());
    }
  }
  void unpack(const StepView& step, std::span<const std::byte> packed, Tensor& weights) const override {
    if constexpr (kPacks) {
      const auto problem = Family::problem(step);
      HEDGE_CHECK(problem.has_value() && packed.size() == Family::packed_bytes(*problem, kernel_.packing));
      HEDGE_CHECK(weights.type() == step.inputs[kPackedInput]);
      Family::unpack(*problem, kernel_.packing, packed.data(), weights);
    }
  }

 private:
  /// Families whose kernels take weights as they come have none of the three functions; the others have all.
  static constexpr bool kPacks = requires { &Family::pack; };
  const typename Family::Kernel& kernel_;
};

/// Kernels that pass over rows of bytes take rows that lie apart one by one, so that short ones waste the vectors: a
/// dense tensor and its copy are faster then (a sum of 16 channels took 26 us instead of 6).
inline bool are_short_rows_apart(std::span<const TensorType> types, std::span<const std::uint64_t> pitches) {
  constexpr std::uint64_t kLeast = 64;
  for (std::size_t k = 0; k < pitches.size(); ++k)
    if (pitches[k] != 0 && row_bytes(types[k]) < kLeast) return true;
  return false;
}
inline bool has_short_rows_apart(const StepView& step) {
  return are_short_rows_apart(step.inputs, step.input_pitches) ||
         are_short_rows_apart(step.outputs, step.output_pitches);
}

/// What most families share.
template <class KernelType, class ProblemType>
struct PlainFamily {
  using Kernel = KernelType;
  using Problem = ProblemType;
  static std::size_t scratch_bytes(const Problem&) { return 0; }
  static bool may_overwrite(const Problem&, std::size_t) { return false; }
  static bool takes_pitch(std::size_t) { return false; }
};

template <class T>
const T* operand(const Operands& operands, std::size_t k) {
  return reinterpret_cast<const T*>(operands.inputs[k]);
}

inline const float* floats(const Operands& operands, std::size_t k) {
  return reinterpret_cast<const float*>(operands.inputs[k]);
}
inline float* output_floats(const Operands& operands) { return reinterpret_cast<float*>(operands.outputs[0]); }

using CandidateList = std::vector<const Candidate*>;

/// Candidates of a kernel table; they live as long as the program.
template <class Family>
CandidateList make_candidates(std::span<const typename Family::Kernel> kernels) {
  static const std::vector<KernelCandidate<Family>> list(kernels.begin(), kernels.end());
  CandidateList pointers;
  for (const auto& candidate : list) pointers.push_back(&candidate);
  return pointers;
}

// One a file: bind_<family>.cc.
CandidateList conv_candidates();
CandidateList qconv_candidates();
CandidateList gemm_candidates();
CandidateList matmul_candidates();
CandidateList qtable_candidates();
CandidateList qbinary_candidates();
CandidateList quantize_candidates();
CandidateList qpixels_candidates();
CandidateList dequantize_candidates();
CandidateList pool_candidates();
CandidateList unary_candidates();
CandidateList binary_candidates();
CandidateList resize_candidates();
CandidateList softmax_candidates();
CandidateList lstm_candidates();
CandidateList transpose_candidates();
CandidateList move_candidates();  ///< Transpose, Slice, Concat, ...: whatever copies bytes

/// The operator's own reference kernel.
const Candidate& reference_candidate();

}  // namespace hedge::program
