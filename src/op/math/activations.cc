// Activation functions; alpha, beta and gamma are attributes. https://onnx.ai/onnx/operators/
#include <algorithm>
#include <cmath>

#include "op/math/elementwise.h"

namespace hedge::op {
namespace {

/// An operator whose function takes two float attributes: f(x, alpha, beta). An empty second name: it is not there.
template <auto F, auto Names, auto Defaults>
constexpr Operator with_attributes(std::string_view name, int opset_min = 1) {
  return {.name = name, .opset_min = opset_min, .infer = same_as_input, .run = [](const RunArgs& args) {
            const float first = args.attributes.real(Names().first, Defaults().first);
            const float second = args.attributes.real(Names().second, Defaults().second);
            return map_unary<FloatTypes>(args, [&](auto x) {
              using T = decltype(x);
              return F(x, static_cast<T>(first), static_cast<T>(second));
            });
          }};
}

struct NamePair {
  std::string_view first, second;
};
struct ValuePair {
  float first, second;
};
constexpr auto kAlphaBeta = [] { return NamePair{"alpha", "beta"}; };
constexpr auto kAlphaGamma = [] { return NamePair{"alpha", "gamma"}; };
constexpr auto kBiasLambd = [] { return NamePair{"bias", "lambd"}; };

template <class T>
T sigmoid(T x) {  // never overflows exp
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}
template <class T>
T softplus(T x) {
  return std::max(x, T{}) + std::log1p(std::exp(-std::abs(x)));
}
template <class T>
T clamp01(T x) {
  return x < 0 ? T{0} : x > 1 ? T{1} : x;
}

Status run_gelu(const RunArgs& args) {
  const bool tanh_form = args.attributes.string("approximate", "none") == "tanh";
  return map_unary<FloatTypes>(args, [&](auto x) {
    using T = decltype(x);
    if (tanh_form) return T(0.5) * x * (1 + std::tanh(T(0.7978845608028654) * (x + T(0.044715) * x * x * x)));
    return T(0.5) * x * (1 + std::erf(x * T(0.7071067811865476)));
  });
}

}  // namespace

extern const Operator kLeakyRelu, kElu, kSelu, kCelu, kThresholdedRelu, kHardSigmoid, kShrink, kSwish;
extern const Operator kSoftplus, kSoftsign, kSigmoid, kHardSwish, kGelu, kMish;

const Operator kLeakyRelu = with_attributes<[](auto x, auto alpha, auto) { return x < 0 ? alpha * x : x; }, kAlphaBeta,
                                            [] { return ValuePair{0.01f, 0}; }>("LeakyRelu");
const Operator kElu = with_attributes<[](auto x, auto alpha, auto) { return x < 0 ? alpha * std::expm1(x) : x; },
                                      kAlphaBeta, [] { return ValuePair{1, 0}; }>("Elu");
const Operator kSelu =
    with_attributes<[](auto x, auto alpha, auto gamma) { return gamma * (x < 0 ? alpha * std::expm1(x) : x); },
                    kAlphaGamma, [] { return ValuePair{1.6732632f, 1.0507010f}; }>("Selu");
const Operator kCelu =
    with_attributes<[](auto x, auto alpha, auto) { return x < 0 ? alpha * std::expm1(x / alpha) : x; }, kAlphaBeta,
                    [] { return ValuePair{1, 0}; }>("Celu", 12);
const Operator kThresholdedRelu =
    with_attributes<[](auto x, auto alpha, auto) { return (x > alpha) ? x : decltype(x){}; }, kAlphaBeta,
                    [] { return ValuePair{1, 0}; }>("ThresholdedRelu", 10);
const Operator kHardSigmoid = with_attributes<[](auto x, auto alpha, auto beta) { return clamp01(alpha * x + beta); },
                                              kAlphaBeta, [] { return ValuePair{0.2f, 0.5f}; }>("HardSigmoid");
const Operator kShrink = with_attributes<[](auto x, auto bias, auto lambd) {
  return x < -lambd ? x + bias : (x > lambd) ? x - bias : decltype(x){};
},
                                         kBiasLambd, [] { return ValuePair{0, 0.5f}; }>("Shrink", 9);
const Operator kSwish = with_attributes<[](auto x, auto alpha, auto) { return x * sigmoid(alpha * x); }, kAlphaBeta,
                                        [] { return ValuePair{1, 0}; }>("Swish", 24);
const Operator kSoftplus = unary<FloatTypes, [](auto x) { return softplus(x); }>("Softplus");
const Operator kSoftsign = unary<FloatTypes, [](auto x) { return x / (1 + std::abs(x)); }>("Softsign");
const Operator kSigmoid = unary<FloatTypes, [](auto x) { return sigmoid(x); }>("Sigmoid");
const Operator kHardSwish =
    unary<FloatTypes, [](auto x) { return x * clamp01(x / 6 + decltype(x)(0.5)); }>("HardSwish", 14);
const Operator kMish = unary<FloatTypes, [](auto x) { return x * std::tanh(softplus(x)); }>("Mish", 18);
const Operator kGelu = {.name = "Gelu", .opset_min = 20, .infer = same_as_input, .run = run_gelu};

}  // namespace hedge::op
