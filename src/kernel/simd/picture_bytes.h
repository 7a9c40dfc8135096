// The last step of a picture on its way to bytes: four vectors of normalised values to 64 or 32 bytes.
#pragma once

#include "kernel/simd/blended.h"

namespace {

template <bool kDivides>
struct PictureBytes {
  Vec::T step, high, low;
  Ints::Range range;

  explicit PictureBytes(const BlendParams& p)
      : step(Vec::set(p.divisor.step)),
        high(Vec::set(p.divisor.high)),
        low(Vec::set(p.divisor.low)),
        range(Ints::range(p.zero, 0, 255)) {}
  Ints::T steps(Vec::T v) const {
    return Ints::round(kDivides ? Vec::div(v, step) : Vec::fma(v, high, Vec::mul(v, low)));
  }
  Ints::Bytes pack(const Ints::T (&steps)[4]) const { return Ints::in_sequence(Ints::pack(steps, range)); }
};

/// Calls run.template operator()<normalises, divides>() as the parameters say.
template <class Run>
inline void as_bytes(const BlendParams& p, const Run& run) {
  if (p.divisor.divides)
    p.normalises ? run.template operator()<true, true>() : run.template operator()<false, true>();
  else
    p.normalises ? run.template operator()<true, false>() : run.template operator()<false, false>();
}

}  // namespace
