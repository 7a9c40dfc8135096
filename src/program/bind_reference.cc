// The last candidate of every operator: its own reference kernel, on one thread. References know dense tensors alone:
// an operand whose rows lie apart is gathered into scratch before, an output scattered after.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/aligned_buffer.h"
#include "program/footprint.h"
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

/// An operand whose rows lie apart, and the place of its dense form in the scratch.
struct Apart {
  std::size_t operand, offset;
  Footprint place;  ///< from its own first byte on
};

/// Those of a step's inputs or outputs; `offset` goes on from where the scratch is free.
std::vector<Apart> apart(std::span<const TensorType> types, std::span<const std::uint64_t> pitches,
                         std::size_t& offset) {
  std::vector<Apart> found;
  for (std::size_t k = 0; k < pitches.size(); ++k) {
    if (pitches[k] == 0) continue;
    found.push_back({k, offset, footprint(types[k], 0, pitches[k])});
    offset += base::align_up(types[k].size_bytes());
  }
  return found;
}

class ReferenceStep final : public BoundStep {
 public:
  /// `types`: of the outputs by the shape rule, for outputs that are absent too. `own_scratch`: the operator's.
  ReferenceStep(const op::Operator& operation, const StepView& step, const Operands& operands,
                std::span<const TensorType> types, std::size_t own_scratch)
      : operation_(operation), attributes_(step.attributes), opset_(step.opset), own_scratch_(own_scratch) {
    for (std::size_t k = 0; k < step.inputs.size(); ++k) inputs_.emplace_back(step.inputs[k], operands.inputs[k]);
    for (std::size_t k = 0; k < step.outputs.size(); ++k) outputs_.push_back({types[k], operands.outputs[k]});
    std::size_t offset = base::align_up(own_scratch);
    gathered_ = apart(step.inputs, step.input_pitches, offset);
    scattered_ = apart(step.outputs, step.output_pitches, offset);
  }
  Status run(kernel::Slice slice, std::span<std::byte> memory) const override {
    if (slice.index != 0) return {};
    if (!gathered_.empty() || !scattered_.empty()) return run_apart(memory);
    op::Scratch scratch(memory);
    return operation_.run({attributes_, opset_, inputs_, outputs_, scratch});
  }

 private:
  Status run_apart(std::span<std::byte> memory) const {
    std::array<tensor::ConstTensorView, kOperandsMax> inputs;  // on the stack: a run allocates nothing
    std::array<tensor::TensorView, kOperandsMax> outputs;
    std::ranges::copy(inputs_, inputs.begin());
    std::ranges::copy(outputs_, outputs.begin());
    for (const Apart& from : gathered_) {
      std::byte* dense = memory.data() + from.offset;
      const auto& [begin, rows, row_bytes, pitch] = from.place;
      for (std::size_t row = 0; row < rows; ++row)
        std::memcpy(dense + row * row_bytes, inputs_[from.operand].data + row * pitch, row_bytes);
      inputs[from.operand].data = dense;
    }
    for (const Apart& to : scattered_) outputs[to.operand].data = memory.data() + to.offset;
    op::Scratch scratch(memory.first(own_scratch_));
    TRY(operation_.run({attributes_, opset_, std::span(inputs).first(inputs_.size()),
                        std::span(outputs).first(outputs_.size()), scratch}));
    for (const Apart& to : scattered_) {
      const auto& [begin, rows, row_bytes, pitch] = to.place;
      for (std::size_t row = 0; row < rows; ++row)
        std::memcpy(outputs_[to.operand].data + row * pitch, outputs[to.operand].data + row * row_bytes, row_bytes);
    }
    return {};
  }

  const op::Operator& operation_;
  op::Attributes attributes_;
  int opset_;
  std::size_t own_scratch_;
  std::vector<tensor::ConstTensorView> inputs_;
  std::vector<tensor::TensorView> outputs_;
  std::vector<Apart> gathered_, scattered_;
};

op::InferArgs infer_args(const StepView& step) {
  return {step.attributes, step.opset, step.inputs, step.constants, static_cast<int>(step.outputs.size())};
}

class ReferenceCandidate final : public Candidate {
 public:
  std::string_view name() const override { return kReferenceName; }
  kernel::IsaSet needs() const override { return {}; }
  std::string declines(const StepView& step) const override {
    const op::Operator* operation = op::find(step.domain, step.op);
    if (operation == nullptr) return "the operator is not known";
    if (!step.is_dense() && std::max(step.inputs.size(), step.outputs.size()) > kOperandsMax)
      return "more operands, with rows apart, than it gathers";
    if (operation->run == nullptr) return "the output's shape depends on values, but an engine's shapes are static";
    return "";
  }
  Result<std::unique_ptr<BoundStep>> bind(const StepView& step, const Operands& operands) const override {
    if (const std::string reason = declines(step); !reason.empty()) return fail(ErrorKind::kUnsupported, "{}", reason);
    const op::Operator& operation = *op::find(step.domain, step.op);
    const auto outputs = TRY(op::infer(operation, infer_args(step)));
    return std::make_unique<ReferenceStep>(operation, step, operands, outputs, own_scratch(step));
  }
  std::size_t scratch_bytes(const StepView& step) const override {
    std::size_t bytes = own_scratch(step);
    if (step.is_dense()) return bytes;
    bytes = base::align_up(bytes);
    apart(step.inputs, step.input_pitches, bytes);
    apart(step.outputs, step.output_pitches, bytes);
    return bytes;
  }
  bool parallel() const override { return false; }

 private:
  static std::size_t own_scratch(const StepView& step) {
    const op::Operator* operation = op::find(step.domain, step.op);
    return operation != nullptr && operation->scratch_bytes != nullptr ? operation->scratch_bytes(infer_args(step)) : 0;
  }
};

}  // namespace

const Candidate& reference_candidate() {
  static const ReferenceCandidate candidate;
  return candidate;
}

}  // namespace hedge::program
