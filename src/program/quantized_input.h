// Inputs that a program does nothing with but quantize: whoever has the bytes may write those, and save the step.
#pragma once

#include <optional>

#include "program/program.h"

namespace hedge::program {

struct QuantizedInput {
  std::size_t step;     ///< hedge.QPixels or QuantizeLinear of one scale a tensor
  std::int32_t tensor;  ///< its output: u8
  float scale;          ///< positive and finite
  std::int32_t zero;
};

/// The step that quantizes the f32 input `tensor`, if nothing else reads that input and if bytes that lie in the
/// step's output when a run begins are still there when the step would be due. Expects a verified program.
std::optional<QuantizedInput> quantized_input(const Program& program, std::int32_t tensor);

}  // namespace hedge::program
