// Add, Sub, Mul, Div, Pow, Mod, PRelu, BitShift: two broadcast operands.
#include <cmath>

#include "op/math/elementwise.h"
#include "op/math/wrap.h"

namespace hedge::op {
namespace {

constexpr const char* kZeroDivisor = "division of integers by zero";

/// Whether an integer operand holds a zero: checked before the loop, so that the loop cannot fail.
bool has_integer_zero(const ConstTensorView& view) {
  bool found = false;
  if (tensor::is_integer(view.dtype()))
    (void)visit_dtype<IntegerTypes>(view.dtype(), [&]<class T>() {
      for (const T x : view.as<T>()) found |= x == 0;
    });
  return found;
}

template <class T>
T divide(T a, T b) {
  if constexpr (std::signed_integral<T>)
    if (b == -1) return wrap_neg(a);  // the minimum divided by -1 overflows
  return static_cast<T>(a / b);
}

Status run_div(const RunArgs& args) {
  if (has_integer_zero(args.input(1))) return fail(ErrorKind::kInvalid, kZeroDivisor);
  return map_binary<NumericTypes>(args, [](auto a, auto b) { return divide(a, b); });
}

/// The sign of the divisor (Python's %) or, with fmod=1, of the dividend (C's fmod).
template <class T>
T modulo(T a, T b, bool c_style) {
  if constexpr (std::floating_point<T>) {
    const T rest = std::fmod(a, b);
    return c_style || rest == 0 || (rest < 0) == (b < 0) ? rest : rest + b;
  } else {
    if constexpr (std::signed_integral<T>)
      if (b == -1) return T{};
    const T rest = static_cast<T>(a % b);
    if constexpr (std::signed_integral<T>)
      if (!c_style && rest != 0 && (rest < 0) != (b < 0)) return static_cast<T>(rest + b);
    return rest;
  }
}

Status run_mod(const RunArgs& args) {
  if (has_integer_zero(args.input(1))) return fail(ErrorKind::kInvalid, kZeroDivisor);
  const bool c_style = args.attributes.integer("fmod", 0) != 0;
  return map_binary<NumericTypes>(args, [&](auto a, auto b) { return modulo(a, b, c_style); });
}

Result<std::vector<TensorType>> infer_pow(const InferArgs& args) {  // base and exponent may differ in type
  return std::vector{TensorType{args.input(0).dtype, TRY(tensor::broadcast(args.input(0).shape, args.input(1).shape))}};
}

template <class T>
T power(T base, double exponent, std::int64_t integer_exponent, bool integers) {
  if constexpr (std::integral<T>) {
    if (integers && integer_exponent >= 0) {
      T result = 1;
      for (std::int64_t left = integer_exponent; left > 0; left >>= 1) {
        if ((left & 1) != 0) result = wrap_mul(result, base);
        base = wrap_mul(base, base);
      }
      return result;
    }
    return saturate_cast<T>(std::pow(static_cast<double>(base), exponent));
  } else {
    if (exponent == 2) return base * base;
    return static_cast<T>(std::pow(base, static_cast<T>(exponent)));
  }
}

struct Exponent {
  double real = 0;
  std::int64_t integer = 0;
  bool is_integer = false;
};

/// Any numeric type; one call a value rather than a copy of the loop for each pair of types.
Exponent exponent_at(const ConstTensorView& view, std::int64_t k) {
  Exponent exponent;
  (void)visit_dtype<NumericTypes>(view.dtype(), [&]<class E>() {
    const E value = view.as<E>()[static_cast<std::size_t>(k)];
    exponent.real = static_cast<double>(static_cast<Compute<E>>(value));
    exponent.is_integer = std::integral<E>;
    if constexpr (std::integral<E>) exponent.integer = static_cast<std::int64_t>(value);
  });
  return exponent;
}

Status run_pow(const RunArgs& args) {
  const Shape& shape = args.output(0).shape();
  const std::array strides{broadcast_strides(args.input(0).shape(), shape),
                           broadcast_strides(args.input(1).shape(), shape)};
  TRY(visit_dtype<NumericTypes>(args.input(1).dtype(), []<class E>() {}));
  return visit_dtype<NumericTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto base = args.input(0).as<T>();
    const auto y = args.output(0).as<T>();
    for_each_broadcast(shape, strides, [&](std::int64_t index, const auto& at) {
      const Exponent e = exponent_at(args.input(1), at[1]);
      const auto x = static_cast<Compute<T>>(base[static_cast<std::size_t>(at[0])]);
      y[static_cast<std::size_t>(index)] = static_cast<T>(power(x, e.real, e.integer, e.is_integer));
    });
  });
}

Result<std::vector<TensorType>> infer_prelu(const InferArgs& args) {  // the slope broadcasts to x, one way
  const Shape shape = TRY(tensor::broadcast(args.input(0).shape, args.input(1).shape));
  if (!(shape == args.input(0).shape) || args.input(0).dtype != args.input(1).dtype)
    return fail(ErrorKind::kInvalid, "slope {} does not broadcast to x {}", args.input(1).to_string(),
                args.input(0).to_string());
  return std::vector{args.input(0)};
}

Status run_prelu(const RunArgs& args) {
  return map_binary<NumericTypes>(args, [](auto x, auto slope) { return x < decltype(x){} ? wrap_mul(x, slope) : x; });
}

Status run_bit_shift(const RunArgs& args) {
  const bool left = args.attributes.string("direction", "LEFT") != "RIGHT";
  return map_binary<Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>>(args, [&](auto a, auto b) {
    using T = decltype(a);
    if (b >= sizeof(T) * 8) return T{};
    return left ? static_cast<T>(wide(a) << b) : static_cast<T>(a >> b);
  });
}

}  // namespace

extern const Operator kAdd, kSub, kMul, kDiv, kPow, kMod, kPRelu, kBitShift, kBitwiseAnd, kBitwiseOr, kBitwiseXor,
    kBitwiseNot;

const Operator kAdd = binary<NumericTypes, [](auto a, auto b) { return wrap_add(a, b); }>("Add");
const Operator kSub = binary<NumericTypes, [](auto a, auto b) { return wrap_sub(a, b); }>("Sub");
const Operator kMul = binary<NumericTypes, [](auto a, auto b) { return wrap_mul(a, b); }>("Mul");
const Operator kDiv = {.name = "Div", .inputs_min = 2, .inputs_max = 2, .infer = broadcast_inputs, .run = run_div};
const Operator kMod = {
    .name = "Mod", .inputs_min = 2, .inputs_max = 2, .opset_min = 10, .infer = broadcast_inputs, .run = run_mod};
const Operator kPow = {.name = "Pow", .inputs_min = 2, .inputs_max = 2, .infer = infer_pow, .run = run_pow};
const Operator kPRelu = {.name = "PRelu", .inputs_min = 2, .inputs_max = 2, .infer = infer_prelu, .run = run_prelu};
const Operator kBitShift = {.name = "BitShift",
                            .inputs_min = 2,
                            .inputs_max = 2,
                            .opset_min = 11,
                            .infer = broadcast_inputs,
                            .run = run_bit_shift};
const Operator kBitwiseAnd = binary<IntegerTypes, [](auto a, auto b) { return a & b; }>("BitwiseAnd", 18);
const Operator kBitwiseOr = binary<IntegerTypes, [](auto a, auto b) { return a | b; }>("BitwiseOr", 18);
const Operator kBitwiseXor = binary<IntegerTypes, [](auto a, auto b) { return a ^ b; }>("BitwiseXor", 18);
const Operator kBitwiseNot = unary<IntegerTypes, [](auto x) { return ~x; }>("BitwiseNot", 18);

}  // namespace hedge::op
