// Activation functions on vectors. `Vec` is the including file's vector type; everything here is local to that file.
// Against kernel/activation.cc: relative 1e-6 for exp and its kin, absolute 3e-7 for erf.
#pragma once

#include "kernel/params.h"
#include "kernel/simd/activation_values.h"

namespace {

using T = Vec::T;

// Vec::min and Vec::max give their second operand where either is NaN: the bound stands first, so that a NaN stays one.

/// e^x by 2^n * e^r with |r| <= ln2/2 and a polynomial of degree 6 (Cephes' expf). Clamped where normal floats end, at
/// the latest at `highest`: never 0, never infinite.
inline T vec_exp(T x, float highest = 88.72f) {
  x = Vec::min(Vec::set(highest), Vec::max(Vec::set(-87.3f), x));
  const T n = Vec::round(Vec::mul(x, Vec::set(1.44269504f)));
  T r = Vec::fma(n, Vec::set(-0.693359375f), x);
  r = Vec::fma(n, Vec::set(2.12194440e-4f), r);
  T p = Vec::set(1.9875691500e-4f);
  p = Vec::fma(p, r, Vec::set(1.3981999507e-3f));
  p = Vec::fma(p, r, Vec::set(8.3334519073e-3f));
  p = Vec::fma(p, r, Vec::set(4.1665795894e-2f));
  p = Vec::fma(p, r, Vec::set(1.6666665459e-1f));
  p = Vec::fma(p, r, Vec::set(5.0000001201e-1f));
  p = Vec::fma(p, Vec::mul(r, r), Vec::add(r, Vec::set(1.0f)));
  return Vec::times_power_of_two(p, n);
}

/// e^x itself: 0 and infinity beyond the ends.
inline T vec_exp_unclamped(T x) {
  const T value = Vec::select_less(x, Vec::set(-87.3f), Vec::zero(), vec_exp(x));
  return Vec::select_less(Vec::set(88.72f), x, Vec::set(__builtin_inff()), value);
}

/// Never subnormal, so that what it is multiplied with does not show whether subnormals are flushed.
inline T vec_sigmoid(T x) {
  return Vec::div(Vec::set(1.0f), Vec::add(Vec::set(1.0f), vec_exp(Vec::sub(Vec::zero(), x), 87.3f)));
}

/// Near zero the exponential form loses digits, so the series takes over.
inline T vec_tanh(T x) {
  const T square = Vec::mul(x, x);
  T series = Vec::set(-0.0539682540f);
  series = Vec::fma(series, square, Vec::set(0.1333333333f));
  series = Vec::fma(series, square, Vec::set(-0.3333333333f));
  series = Vec::fma(Vec::mul(series, square), x, x);
  const T wide = Vec::fma(Vec::set(2.0f), vec_sigmoid(Vec::add(x, x)), Vec::set(-1.0f));
  return Vec::select_less(Vec::abs(x), Vec::set(0.15f), series, wide);
}

/// Abramowitz and Stegun 7.1.26.
inline T vec_erf(T x) {
  const T a = Vec::abs(x);
  const T t = Vec::div(Vec::set(1.0f), Vec::fma(a, Vec::set(0.3275911f), Vec::set(1.0f)));
  T p = Vec::set(1.061405429f);
  p = Vec::fma(p, t, Vec::set(-1.453152027f));
  p = Vec::fma(p, t, Vec::set(1.421413741f));
  p = Vec::fma(p, t, Vec::set(-0.284496736f));
  p = Vec::fma(p, t, Vec::set(0.254829592f));
  const T tail = Vec::mul(Vec::mul(p, t), vec_exp(Vec::sub(Vec::zero(), Vec::mul(a, a))));
  const T value = Vec::sub(Vec::set(1.0f), tail);
  return Vec::select_less(x, Vec::zero(), Vec::sub(Vec::zero(), value), value);
}

inline T activate(const hedge::kernel::Epilogue& epilogue, T x) {
  using namespace hedge::kernel;  // NOLINT: the numbers of the activations
  const T zero = Vec::zero(), one = Vec::set(1.0f);
  switch (static_cast<uint8_t>(epilogue.activation)) {
    case kActivationRelu: return Vec::max(zero, x);
    case kActivationClip: return Vec::min(Vec::set(epilogue.beta), Vec::max(Vec::set(epilogue.alpha), x));
    case kActivationLeakyRelu: return Vec::select_less(x, zero, Vec::mul(x, Vec::set(epilogue.alpha)), x);
    case kActivationSigmoid: return vec_sigmoid(x);
    case kActivationSilu: return Vec::mul(x, vec_sigmoid(x));
    case kActivationHardSigmoid:
      return Vec::min(one, Vec::max(zero, Vec::fma(x, Vec::set(epilogue.alpha), Vec::set(epilogue.beta))));
    case kActivationHardSwish:
      return Vec::mul(x, Vec::min(one, Vec::max(zero, Vec::fma(x, Vec::set(1.0f / 6), Vec::set(0.5f)))));
    case kActivationTanh: return vec_tanh(x);
    case kActivationGelu:
      return Vec::mul(Vec::mul(Vec::set(0.5f), x), Vec::add(one, vec_erf(Vec::mul(x, Vec::set(0.70710678f)))));
    default: return x;
  }
}

}  // namespace
