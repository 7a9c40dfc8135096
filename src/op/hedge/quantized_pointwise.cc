// hedge.QTable: y = table[x], any function of one byte. hedge.QAdd, hedge.QMul: arithmetic on two tensors of bytes with
// scales of their own. docs/int8.md.
//   QTable: x u8[...], table u8[256] -> u8[...]
//   QAdd, QMul: a u8[...], b u8[...] (broadcast) -> u8[...]; a_zero, b_zero, a_scale, b_scale (QMul: scale), y_zero,
//   ...
#include <cmath>

#include "op/broadcasting.h"
#include "op/hedge/quant.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_table(const InferArgs& args) {
  if (args.input(0).dtype != DType::kU8) return fail(ErrorKind::kInvalid, "input {}", args.input(0).to_string());
  TRY(check_operand(args, 1, {DType::kU8, Shape{256}}, "the table"));
  return std::vector{args.input(0)};
}

Status run_table(const RunArgs& args) {
  const auto x = args.input(0).as<std::uint8_t>(), table = args.input(1).as<std::uint8_t>();
  const auto y = args.output(0).as<std::uint8_t>();
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = table[x[i]];
  return {};
}

struct Binary {
  std::int32_t a_zero, b_zero;
  float a_scale, b_scale, scale;
  kernel::QuantEpilogue epilogue;
};

Result<Binary> binary_of(const Attributes& attributes) {
  return Binary{.a_zero = TRY(zero_attribute(attributes, "a_zero")),
                .b_zero = TRY(zero_attribute(attributes, "b_zero")),
                .a_scale = TRY(finite_attribute(attributes, "a_scale", 1)),
                .b_scale = TRY(finite_attribute(attributes, "b_scale", 1)),
                .scale = TRY(finite_attribute(attributes, "scale", 1)),
                .epilogue = TRY(quant_epilogue(attributes))};
}

Result<std::vector<TensorType>> infer_binary(const InferArgs& args) {
  (void)TRY(binary_of(args.attributes));
  if (args.input(0).dtype != DType::kU8 || args.input(1).dtype != DType::kU8)
    return fail(ErrorKind::kInvalid, "operands {} and {}", args.input(0).to_string(), args.input(1).to_string());
  return std::vector{TensorType{DType::kU8, TRY(tensor::broadcast(args.input(0).shape, args.input(1).shape))}};
}

template <bool kMultiply>
Status run_binary(const RunArgs& args) {
  const Binary p = TRY(binary_of(args.attributes));
  const auto a = args.input(0).as<std::uint8_t>(), b = args.input(1).as<std::uint8_t>();
  const auto y = args.output(0).as<std::uint8_t>();
  if (y.empty()) return {};
  const Shape& shape = args.output(0).shape();
  const std::array<Strides, 2> strides{broadcast_strides(args.input(0).shape(), shape),
                                       broadcast_strides(args.input(1).shape(), shape)};
  for_each_broadcast(shape, strides, [&](std::int64_t at, const auto& offset) {
    const std::int32_t left = a[static_cast<std::size_t>(offset[0])] - p.a_zero,
                       right = b[static_cast<std::size_t>(offset[1])] - p.b_zero;
    const float v = kMultiply ? static_cast<float>(left * right) * p.scale
                              : std::fma(static_cast<float>(left), p.a_scale, static_cast<float>(right) * p.b_scale);
    y[static_cast<std::size_t>(at)] = to_byte(v, p.epilogue.y_zero, p.epilogue.y_low, p.epilogue.y_high);
  });
  return {};
}

}  // namespace

extern const Operator kHedgeQTable, kHedgeQAdd, kHedgeQMul;
const Operator kHedgeQTable = {
    .domain = kHedgeDomain, .name = "QTable", .inputs_min = 2, .inputs_max = 2, .infer = infer_table, .run = run_table};
const Operator kHedgeQAdd = {.domain = kHedgeDomain,
                             .name = "QAdd",
                             .inputs_min = 2,
                             .inputs_max = 2,
                             .infer = infer_binary,
                             .run = run_binary<false>};
const Operator kHedgeQMul = {.domain = kHedgeDomain,
                             .name = "QMul",
                             .inputs_min = 2,
                             .inputs_max = 2,
                             .infer = infer_binary,
                             .run = run_binary<true>};

}  // namespace hedge::op
