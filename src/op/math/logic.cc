// Comparison and logic: two broadcast operands in, bool out; Not, IsNaN, IsInf.
#include <cmath>

#include "op/math/elementwise.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_test(const InferArgs& args) {
  return std::vector{TensorType{DType::kBool, args.input(0).shape}};
}

template <class Test>
Status test_floats(const RunArgs& args, Test test) {
  return visit_dtype<FloatTypes>(args.input(0).dtype(), [&]<class T>() {
    const auto x = args.input(0).as<T>();
    const auto y = args.output(0).as<bool>();
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = test(static_cast<double>(static_cast<Compute<T>>(x[i])));
  });
}

Status run_is_nan(const RunArgs& args) {
  return test_floats(args, [](double x) { return std::isnan(x); });
}
Status run_is_inf(const RunArgs& args) {
  const bool negative = args.attributes.integer("detect_negative", 1) != 0;
  const bool positive = args.attributes.integer("detect_positive", 1) != 0;
  return test_floats(args, [&](double x) { return std::isinf(x) && (x < 0 ? negative : positive); });
}

}  // namespace

extern const Operator kEqual, kGreater, kGreaterOrEqual, kLess, kLessOrEqual, kAnd, kOr, kXor, kNot, kIsNaN, kIsInf;

const Operator kEqual = predicate<AllTypes, [](auto a, auto b) { return a == b; }>("Equal");
const Operator kGreater = predicate<NumericTypes, [](auto a, auto b) { return (a > b); }>("Greater");
const Operator kGreaterOrEqual = predicate<NumericTypes, [](auto a, auto b) { return (a >= b); }>("GreaterOrEqual", 12);
const Operator kLess = predicate<NumericTypes, [](auto a, auto b) { return a < b; }>("Less");
const Operator kLessOrEqual = predicate<NumericTypes, [](auto a, auto b) { return a <= b; }>("LessOrEqual", 12);
const Operator kAnd = predicate<Types<bool>, [](bool a, bool b) { return a && b; }>("And");
const Operator kOr = predicate<Types<bool>, [](bool a, bool b) { return a || b; }>("Or");
const Operator kXor = predicate<Types<bool>, [](bool a, bool b) { return a != b; }>("Xor");
const Operator kNot = unary<Types<bool>, [](bool x) { return !x; }>("Not");
const Operator kIsNaN = {.name = "IsNaN", .opset_min = 9, .infer = infer_test, .run = run_is_nan};
const Operator kIsInf = {.name = "IsInf", .opset_min = 10, .infer = infer_test, .run = run_is_inf};

}  // namespace hedge::op
