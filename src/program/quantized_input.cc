#include "program/quantized_input.h"

#include <algorithm>
#include <cmath>

#include "op/hedge/quant.h"
#include "program/footprint.h"
#include "program/step_operands.h"

namespace hedge::program {
namespace {

class ByteSearch {
 public:
  ByteSearch(const Program& program, std::int32_t input) : program_(program), input_(input), at_(program.steps.size()) {
    for (std::size_t k = 0; k < program.steps.size() && at_ == program.steps.size(); ++k)
      if (std::ranges::count(program.steps[k].inputs, input) > 0) at_ = k;
  }
  std::optional<QuantizedInput> found() const {
    if (at_ == program_.steps.size() || !is_read_once()) return std::nullopt;
    const Step& step = program_.steps[at_];
    const std::int32_t bytes = step.outputs[0];
    if (type_of(input_).dtype != tensor::DType::kF32 || bytes == kAbsent ||
        type_of(bytes).dtype != tensor::DType::kU8 || step.inputs[0] != input_ || !stays(bytes))
      return std::nullopt;
    if (step.domain == op::kHedgeDomain && step.op == "QPixels") return of_pixels(step, bytes);
    if (step.domain.empty() && step.op == "QuantizeLinear") return of_quantize_linear(step, bytes);
    return std::nullopt;
  }

 private:
  const ProgramTensor& tensor(std::int32_t index) const { return program_.tensors[static_cast<std::size_t>(index)]; }
  const TensorType& type_of(std::int32_t index) const { return tensor(index).type; }
  bool overlap(std::int32_t a, std::int32_t b) const { return program::overlap(tensor(a), tensor(b)); }
  bool is_written(std::int32_t index) const {
    return std::ranges::any_of(program_.steps,
                               [&](const Step& step) { return std::ranges::count(step.outputs, index) > 0; });
  }
  /// The input itself, or its bytes under another shape, which nobody writes.
  bool is_input(std::int32_t index) const {
    return index == input_ || (index != kAbsent && std::ranges::count(program_.inputs, index) == 0 &&
                               overlap(index, input_) && !is_written(index));
  }
  bool is_read_once() const {
    std::int64_t reads = std::ranges::count_if(program_.outputs, [&](std::int32_t k) { return is_input(k); });
    for (const Step& step : program_.steps)
      reads += std::ranges::count_if(step.inputs, [&](std::int32_t k) { return is_input(k); });
    return reads == 1;
  }
  /// Neither another input nor what an earlier step writes lies on these bytes.
  bool stays(std::int32_t bytes) const {
    const auto lies_on = [&](std::int32_t index) { return index != kAbsent && overlap(index, bytes); };
    for (const std::int32_t other : program_.inputs)
      if (other != input_ && lies_on(other)) return false;
    for (std::size_t k = 0; k < at_; ++k)
      if (std::ranges::any_of(program_.steps[k].outputs, lies_on)) return false;
    return tensor(bytes).place == Place::kArena && tensor(bytes).pitch == 0;
  }
  std::optional<QuantizedInput> with(float scale, std::int32_t zero, std::int32_t bytes) const {
    if (!(scale > 0) || !std::isfinite(scale)) return std::nullopt;
    return QuantizedInput{at_, bytes, scale, zero};
  }
  std::optional<QuantizedInput> of_pixels(const Step& step, std::int32_t bytes) const {
    const auto scale = op::finite_attribute(step.attributes, "scale", 1);
    const auto zero = op::zero_attribute(step.attributes, "y_zero");
    if (!scale || !zero) return std::nullopt;
    return with(*scale, *zero, bytes);
  }
  std::optional<QuantizedInput> of_quantize_linear(const Step& step, std::int32_t bytes) const {
    const ConstantValues constants(program_);
    const Tensor* scale = constants.find(step.inputs[1]);
    const bool has_zero = step.inputs.size() > 2 && step.inputs[2] != kAbsent;
    const Tensor* zero = has_zero ? constants.find(step.inputs[2]) : nullptr;
    if (scale == nullptr || scale->dtype() != tensor::DType::kF32 || scale->shape().elements() != 1 ||
        (has_zero && (zero == nullptr || zero->shape().elements() != 1)))
      return std::nullopt;
    return with(scale->as<float>()[0], has_zero ? zero->as<std::uint8_t>()[0] : 0, bytes);
  }

  const Program& program_;
  std::int32_t input_;
  std::size_t at_;  ///< the first step that reads it
};

}  // namespace

std::optional<QuantizedInput> quantized_input(const Program& program, std::int32_t tensor) {
  return ByteSearch(program, tensor).found();
}

}  // namespace hedge::program
