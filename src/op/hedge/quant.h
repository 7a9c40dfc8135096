// What the integer operators of the hedge domain share: how their attributes spell the last step, and that step in
// plain scalar form. docs/int8.md is the definition.
#pragma once

#include "kernel/params.h"
#include "op/operator.h"

namespace hedge::op {

/// Products that a QConv sums at most for one output, so that no sum of a byte times a weight, bias aside, leaves 31
/// bits.
inline constexpr std::int64_t kQConvDepthMax = std::int64_t{1} << 15;

/// Reads real, y_zero, y_low, y_high (0, 255 where absent), activation, alpha, beta, residual_scale, residual_zero and
/// residual_after_activation; kInvalid for bounds outside of bytes or numbers that are not finite.
Result<kernel::QuantEpilogue> quant_epilogue(const Attributes& attributes);
void set_quant_epilogue(Attributes& attributes, const kernel::QuantEpilogue& epilogue);

/// Reads sequel (affine, sum; absent: none), sequel_own_scale, sequel_residual_scale, sequel_residual_zero,
/// sequel_residual_first, sequel_y_zero, sequel_y_low, sequel_y_high; kInvalid likewise.
Result<kernel::QuantSequel> quant_sequel(const Attributes& attributes);
void set_quant_sequel(Attributes& attributes, const kernel::QuantSequel& sequel);

/// z_y + round(clamp(v)): the byte of a value that counts steps of y.
std::uint8_t to_byte(float v, std::int32_t zero, std::int32_t low, std::int32_t high);

/// A zero point: 0..255; kInvalid for anything else.
Result<std::int32_t> zero_attribute(const Attributes& attributes, std::string_view name);
/// A finite number; kInvalid for anything else.
Result<float> finite_attribute(const Attributes& attributes, std::string_view name, float fallback);

/// An operand that must be exactly of this type where it is present.
Status check_operand(const InferArgs& args, int index, const TensorType& type, std::string_view what);

}  // namespace hedge::op
