// The last candidate of every operator: its own reference kernel, on one thread.
#include "program/kernel_candidate.h"

namespace hedge::program {
namespace {

class ReferenceStep final : public BoundStep {
 public:
  /// `outputs`: what the shape rule says, for outputs that are absent too.
  ReferenceStep(const op::Operator& operation, const StepView& step, const Operands& operands,
                std::span<const TensorType> outputs)
      : operation_(operation), attributes_(step.attributes), opset_(step.opset) {
    for (std::size_t k = 0; k < step.inputs.size(); ++k) inputs_.emplace_back(step.inputs[k], operands.inputs[k]);
    for (std::size_t k = 0; k < step.outputs.size(); ++k) outputs_.push_back({outputs[k], operands.outputs[k]});
  }
  Status run(kernel::Slice slice, std::span<std::byte> memory) const override {
    if (slice.index != 0) return {};
    op::Scratch scratch(memory);
    return operation_.run({attributes_, opset_, inputs_, outputs_, scratch});
  }

 private:
  const op::Operator& operation_;
  op::Attributes attributes_;
  int opset_;
  std::vector<tensor::ConstTensorView> inputs_;
  std::vector<tensor::TensorView> outputs_;
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
    if (operation->run == nullptr) return "the output's shape depends on values, but an engine's shapes are static";
    return "";
  }
  Result<std::unique_ptr<BoundStep>> bind(const StepView& step, const Operands& operands) const override {
    if (const std::string reason = declines(step); !reason.empty()) return fail(ErrorKind::kUnsupported, "{}", reason);
    const op::Operator& operation = *op::find(step.domain, step.op);
    const auto outputs = TRY(op::infer(operation, infer_args(step)));
    return std::make_unique<ReferenceStep>(operation, step, operands, outputs);
  }
  std::size_t scratch_bytes(const StepView& step) const override {
    const op::Operator* operation = op::find(step.domain, step.op);
    return operation != nullptr && operation->scratch_bytes != nullptr ? operation->scratch_bytes(infer_args(step)) : 0;
  }
  bool parallel() const override { return false; }
};

}  // namespace

const Candidate& reference_candidate() {
  static const ReferenceCandidate candidate;
  return candidate;
}

}  // namespace hedge::program
