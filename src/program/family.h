// Who can run a step: for each operator its candidates, best first, its reference last. The compiler selects with the
// same table by which the engine binds, so that the two can never disagree.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/isa.h"
#include "kernel/slice.h"
#include "op/operator.h"

namespace hedge::program {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using tensor::Tensor;
using tensor::TensorType;

/// A step without its memory: enough to decide who runs it.
struct StepView {
  std::string_view domain;
  std::string_view op;
  int opset = 0;
  const op::Attributes& attributes;
  std::span<const TensorType> inputs;        ///< kUndefined where absent
  std::span<const Tensor* const> constants;  ///< null where not known
  std::span<const TensorType> outputs;
  /// Of each operand the bytes between its innermost rows, 0: dense. Empty: all are.
  std::span<const std::uint64_t> input_pitches = {}, output_pitches = {};

  bool has_input(std::size_t k) const { return k < inputs.size() && inputs[k].dtype != tensor::DType::kUndefined; }
  /// Bytes between the innermost rows: those of a row, or more where the operand is a part of a wider tensor.
  std::int64_t input_pitch(std::size_t k) const { return pitch(inputs[k], input_pitches, k); }
  std::int64_t output_pitch(std::size_t k) const { return pitch(outputs[k], output_pitches, k); }
  bool is_dense() const;  ///< all operands are
  /// Bytes from the first of an operand to its last.
  std::size_t input_span(std::size_t k) const { return span_bytes(inputs[k], input_pitches, k); }
  std::size_t output_span(std::size_t k) const { return span_bytes(outputs[k], output_pitches, k); }

 private:
  static std::int64_t pitch(const TensorType& type, std::span<const std::uint64_t> pitches, std::size_t k);
  static std::size_t span_bytes(const TensorType& type, std::span<const std::uint64_t> pitches, std::size_t k);
};

/// Where the operands lie; null where absent.
struct Operands {
  std::span<const std::byte* const> inputs;
  std::span<std::byte* const> outputs;
};

/// A step ready to run. One virtual call a step and thread; everything else is resolved.
class BoundStep {
 public:
  virtual ~BoundStep() = default;
  /// Runs one thread's slice. `scratch` is that thread's own, as large as the candidate booked. Never allocates.
  virtual Status run(kernel::Slice slice, std::span<std::byte> scratch) const = 0;
};

class Candidate {
 public:
  virtual ~Candidate() = default;
  virtual std::string_view name() const = 0;
  virtual kernel::IsaSet needs() const = 0;
  /// Why it does not take this step; empty: it takes it. For --explain.
  virtual std::string declines(const StepView& step) const = 0;
  /// Whether it takes the step but does it badly: others come first then, and the compiler leads no step there. A file
  /// may name it all the same.
  virtual bool avoids(const StepView&) const { return false; }
  virtual Result<std::unique_ptr<BoundStep>> bind(const StepView& step, const Operands& operands) const = 0;
  /// Bytes of scratch for each thread.
  virtual std::size_t scratch_bytes(const StepView&) const { return 0; }
  /// May several threads share the step? The reference runs on one.
  virtual bool parallel() const { return true; }
  /// May output 0 lie exactly on input `k`?
  virtual bool may_overwrite(const StepView&, std::size_t) const { return false; }

  // The operand that it wants rearranged: input 1, the weights of convolutions and products. Empty: none.
  virtual std::string_view packing() const { return ""; }
  virtual std::size_t packed_bytes(const StepView&) const { return 0; }
  virtual void pack(const StepView&, const Tensor&, std::span<std::byte>) const {}
  /// The inverse of pack: every weight from packed_bytes() bytes, none of which is trusted, into the operand's type.
  virtual void unpack(const StepView&, std::span<const std::byte>, Tensor&) const {}
};

/// Index of the operand that packing() speaks of.
inline constexpr std::size_t kPackedInput = 1;

/// In order of preference; never empty for an operator that op::find knows, else empty.
std::span<const Candidate* const> candidates(std::string_view domain, std::string_view op);

/// The same, those that avoid the step behind all others but the reference.
std::vector<const Candidate*> by_preference(const StepView& step);

/// By name; null if this operator has no such candidate.
const Candidate* find_candidate(std::string_view domain, std::string_view op, std::string_view name);

inline constexpr std::string_view kReferenceName = "ref";

}  // namespace hedge::program
