#include "program/step_operands.h"

#include <cstring>

namespace hedge::program {

ConstantValues::ConstantValues(const Program& program) : values_(program.tensors.size()) {
  for (std::size_t k = 0; k < program.tensors.size(); ++k) {
    const ProgramTensor& tensor = program.tensors[k];
    if (tensor.place != Place::kWeights || !tensor.packing.empty() || tensor.type.elements() > kElementsMax) continue;
    values_[k] = Tensor(tensor.type);
    if (const std::size_t size = tensor.type.size_bytes(); size > 0)
      std::memcpy(values_[k].bytes().data(), program.weights.get() + tensor.offset, size);
  }
}

StepOperands::StepOperands(const Program& program, const Step& step, const ConstantValues& constants) : step_(step) {
  const auto type_of = [&](std::int32_t index) {
    return index == kAbsent ? TensorType{} : program.tensors[static_cast<std::size_t>(index)].type;
  };
  const auto pitch_of = [&](std::int32_t index) {
    return index == kAbsent ? 0 : program.tensors[static_cast<std::size_t>(index)].pitch;
  };
  for (const std::int32_t input : step.inputs) {
    inputs_.push_back(type_of(input));
    input_pitches_.push_back(pitch_of(input));
    constants_.push_back(constants.find(input));
  }
  for (const std::int32_t output : step.outputs) {
    outputs_.push_back(type_of(output));
    output_pitches_.push_back(pitch_of(output));
  }
}

}  // namespace hedge::program
