#include "op/hedge/quant.h"

#include <algorithm>
#include <cmath>

#include "kernel/activation.h"

namespace hedge::op {

Result<std::int32_t> zero_attribute(const Attributes& attributes, std::string_view name) {
  const std::int64_t value = attributes.integer(name, 0);
  if (value < 0 || value > 255) return fail(ErrorKind::kInvalid, "{} is {}, no byte", name, value);
  return static_cast<std::int32_t>(value);
}

Result<float> finite_attribute(const Attributes& attributes, std::string_view name, float fallback) {
  const float value = attributes.real(name, fallback);
  if (!std::isfinite(value)) return fail(ErrorKind::kInvalid, "{} is not finite", name);
  return value;
}

namespace {

/// Where values become bytes: `prefix` y_zero, y_low, y_high, as attributes; 0, 0, 255 where absent. Both names are
/// short enough to need no memory of their own: references come here at run time.
template <class Step>
Status read_bytes(const Attributes& attributes, const std::string& prefix, Step& step) {
  step.y_zero = TRY(zero_attribute(attributes, prefix + "y_zero"));
  step.y_low = TRY(zero_attribute(attributes, prefix + "y_low"));
  const std::string high = prefix + "y_high";
  step.y_high = attributes.has(high) ? TRY(zero_attribute(attributes, high)) : 255;
  if (step.y_low > step.y_high) return fail(ErrorKind::kInvalid, "bounds {} and {}", step.y_low, step.y_high);
  return {};
}

template <class Step>
void write_bytes(Attributes& attributes, const std::string& prefix, const Step& step) {
  attributes.set(prefix + "y_zero", std::int64_t{step.y_zero});
  attributes.set(prefix + "y_low", std::int64_t{step.y_low});
  attributes.set(prefix + "y_high", std::int64_t{step.y_high});
}

}  // namespace

Result<kernel::QuantEpilogue> quant_epilogue(const Attributes& attributes) {
  kernel::QuantEpilogue epilogue{.activation = TRY(kernel::parse_activation(attributes.string("activation", "none"))),
                                 .alpha = TRY(finite_attribute(attributes, "alpha", 0)),
                                 .beta = TRY(finite_attribute(attributes, "beta", 0)),
                                 .residual_scale = TRY(finite_attribute(attributes, "residual_scale", 0)),
                                 .residual_zero = TRY(zero_attribute(attributes, "residual_zero")),
                                 .residual_last = attributes.integer("residual_after_activation", 0) != 0,
                                 .real = attributes.integer("real", 0) != 0};
  TRY(read_bytes(attributes, "", epilogue));
  return epilogue;
}

void set_quant_epilogue(Attributes& attributes, const kernel::QuantEpilogue& epilogue) {
  attributes.set("activation", std::string(kernel::to_string(epilogue.activation)));
  attributes.set("alpha", epilogue.alpha);
  attributes.set("beta", epilogue.beta);
  attributes.set("residual_scale", epilogue.residual_scale);
  attributes.set("residual_zero", std::int64_t{epilogue.residual_zero});
  attributes.set("residual_after_activation", std::int64_t{epilogue.residual_last ? 1 : 0});
  write_bytes(attributes, "", epilogue);
  if (epilogue.real) attributes.set("real", std::int64_t{1});
}

Result<kernel::QuantSequel> quant_sequel(const Attributes& attributes) {
  using enum kernel::QSequel;
  const std::string_view kind = attributes.string("sequel", "none");
  if (kind != "none" && kind != "affine" && kind != "sum") return fail(ErrorKind::kInvalid, "a sequel '{}'", kind);
  kernel::QuantSequel sequel{.kind = kind == "affine" ? kAffine
                                     : kind == "sum"  ? kSum
                                                      : kNone,
                             .own_scale = TRY(finite_attribute(attributes, "sequel_own_scale", 0)),
                             .residual_scale = TRY(finite_attribute(attributes, "sequel_residual_scale", 0)),
                             .residual_zero = TRY(zero_attribute(attributes, "sequel_residual_zero")),
                             .residual_first = attributes.integer("sequel_residual_first", 0) != 0};
  TRY(read_bytes(attributes, "sequel_", sequel));
  return sequel;
}

void set_quant_sequel(Attributes& attributes, const kernel::QuantSequel& sequel) {
  if (sequel.kind == kernel::QSequel::kNone) return;
  const bool sums = sequel.kind == kernel::QSequel::kSum;
  attributes.set("sequel", std::string(sums ? "sum" : "affine"));
  if (sums) {
    attributes.set("sequel_own_scale", sequel.own_scale);
    attributes.set("sequel_residual_scale", sequel.residual_scale);
    attributes.set("sequel_residual_zero", std::int64_t{sequel.residual_zero});
    attributes.set("sequel_residual_first", std::int64_t{sequel.residual_first ? 1 : 0});
  }
  write_bytes(attributes, "sequel_", sequel);
}

std::uint8_t to_byte(float v, std::int32_t zero, std::int32_t low, std::int32_t high) {
  // The bound stands first, so that a NaN (from a hostile file) becomes a bound and never an undefined conversion.
  const float above = v > static_cast<float>(low - zero) ? v : static_cast<float>(low - zero);
  const float inside = above < static_cast<float>(high - zero) ? above : static_cast<float>(high - zero);
  return static_cast<std::uint8_t>(static_cast<std::int32_t>(std::nearbyint(inside)) + zero);
}

Status check_operand(const InferArgs& args, int index, const TensorType& type, std::string_view what) {
  if (args.has_input(index) && !(args.input(index) == type))
    return fail(ErrorKind::kInvalid, "{} is {}, not {}", what, args.input(index).to_string(), type.to_string());
  return {};
}

}  // namespace hedge::op
