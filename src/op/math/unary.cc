// Functions of one argument without attributes. https://onnx.ai/onnx/operators/
#include <cmath>

#include "op/math/elementwise.h"
#include "op/math/wrap.h"

namespace hedge::op {

extern const Operator kNeg, kAbs, kSign, kFloor, kCeil, kRound, kReciprocal, kSqrt, kExp, kLog, kErf;
extern const Operator kSin, kCos, kTan, kAsin, kAcos, kAtan, kSinh, kCosh, kTanh, kAsinh, kAcosh, kAtanh;

using F = FloatTypes;
using N = NumericTypes;

const Operator kNeg = unary<N, [](auto x) { return wrap_neg(x); }>("Neg");
const Operator kAbs =
    unary<N, [](auto x) { return x < decltype(x){} ? wrap_neg(x)
                                 : x == 0          ? decltype(x){}
                                                   : x; }>("Abs");
// In parentheses, since GCC 12 takes a bare > for the end of the template arguments.
const Operator kSign = unary<N, [](auto x) { return (x > decltype(x){}) ? 1 : x < decltype(x){} ? -1 : 0; }>("Sign", 9);
const Operator kFloor = unary<F, [](auto x) { return std::floor(x); }>("Floor");
const Operator kCeil = unary<F, [](auto x) { return std::ceil(x); }>("Ceil");
const Operator kRound = unary<F, [](auto x) { return std::nearbyint(x); }>("Round", 11);  // halves to even
const Operator kReciprocal = unary<F, [](auto x) { return 1 / x; }>("Reciprocal");
const Operator kSqrt = unary<F, [](auto x) { return std::sqrt(x); }>("Sqrt");
const Operator kExp = unary<F, [](auto x) { return std::exp(x); }>("Exp");
const Operator kLog = unary<F, [](auto x) { return std::log(x); }>("Log");
const Operator kErf = unary<F, [](auto x) { return std::erf(x); }>("Erf", 9);
const Operator kSin = unary<F, [](auto x) { return std::sin(x); }>("Sin", 7);
const Operator kCos = unary<F, [](auto x) { return std::cos(x); }>("Cos", 7);
const Operator kTan = unary<F, [](auto x) { return std::tan(x); }>("Tan", 7);
const Operator kAsin = unary<F, [](auto x) { return std::asin(x); }>("Asin", 7);
const Operator kAcos = unary<F, [](auto x) { return std::acos(x); }>("Acos", 7);
const Operator kAtan = unary<F, [](auto x) { return std::atan(x); }>("Atan", 7);
const Operator kSinh = unary<F, [](auto x) { return std::sinh(x); }>("Sinh", 9);
const Operator kCosh = unary<F, [](auto x) { return std::cosh(x); }>("Cosh", 9);
const Operator kTanh = unary<F, [](auto x) { return std::tanh(x); }>("Tanh");
const Operator kAsinh = unary<F, [](auto x) { return std::asinh(x); }>("Asinh", 9);
const Operator kAcosh = unary<F, [](auto x) { return std::acosh(x); }>("Acosh", 9);
const Operator kAtanh = unary<F, [](auto x) { return std::atanh(x); }>("Atanh", 9);

}  // namespace hedge::op
