#include "kernel/activation.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hedge::kernel {
namespace {

constexpr std::array<std::string_view, kActivationCount> kNames = {
    "none", "relu", "clip", "leaky_relu", "sigmoid", "silu", "hard_sigmoid", "hard_swish", "tanh", "gelu"};

float sigmoid(float x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

}  // namespace

// NaN passes through each of them: a broken sum must show, not turn into a plausible 0.
float apply(Activation activation, float x, float alpha, float beta) {
  switch (activation) {
    case Activation::kNone: return x;
    case Activation::kRelu: return x < 0 ? 0 : x;
    case Activation::kClip: return x < alpha ? alpha : x > beta ? beta : x;
    case Activation::kLeakyRelu: return x < 0 ? alpha * x : x;
    case Activation::kSigmoid: return sigmoid(x);
    case Activation::kSilu: return x * sigmoid(x);
    case Activation::kHardSigmoid: return std::clamp(alpha * x + beta, 0.0f, 1.0f);
    case Activation::kHardSwish: return x * std::clamp(x / 6 + 0.5f, 0.0f, 1.0f);
    case Activation::kTanh: return std::tanh(x);
    case Activation::kGelu: return 0.5f * x * (1 + std::erf(x * 0.70710678f));
  }
  return x;
}

base::Result<Activation> parse_activation(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return base::fail(base::ErrorKind::kInvalid, "no activation is called '{}'", name);
  return static_cast<Activation>(found - kNames.begin());
}

std::string_view to_string(Activation activation) { return kNames[static_cast<std::size_t>(activation)]; }

}  // namespace hedge::kernel
