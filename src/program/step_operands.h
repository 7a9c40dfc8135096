// A program's step with its operands looked up: what a Candidate wants to see.
#pragma once

#include <vector>

#include "program/family.h"
#include "program/program.h"

namespace hedge::program {

/// The values of small constants, by tensor index: shape rules and binding read them. Made once for a program.
class ConstantValues {
 public:
  /// Copies every dense tensor of the weights of at most kElementsMax elements.
  explicit ConstantValues(const Program& program);
  const Tensor* find(std::int32_t index) const {
    return index >= 0 && values_[static_cast<std::size_t>(index)].dtype() != tensor::DType::kUndefined
               ? &values_[static_cast<std::size_t>(index)]
               : nullptr;
  }
  /// Axes, shapes, bounds, numbers of channels: no operand that decides a shape is longer, and few layers are wider.
  static constexpr std::int64_t kElementsMax = 4096;

 private:
  std::vector<Tensor> values_;
};

class StepOperands {
 public:
  StepOperands(const Program& program, const Step& step, const ConstantValues& constants);
  StepView view() const {
    return {step_.domain, step_.op, step_.opset,    step_.attributes, inputs_,
            constants_,   outputs_, input_pitches_, output_pitches_};
  }

 private:
  const Step& step_;
  std::vector<TensorType> inputs_, outputs_;
  std::vector<const Tensor*> constants_;
  std::vector<std::uint64_t> input_pitches_, output_pitches_;
};

}  // namespace hedge::program
