// QuantizeLinear of an image that comes as f32 planes and is wanted as u8 pixels: both in one pass, so that the image
// is read once and its bytes are written once. A network's input lies in no near cache when the network begins, and the
// processor's own prefetching ends with every page of each plane: the lines to come are asked for ahead.
#pragma once

#include "kernel/params.h"
#include "kernel/simd/unroll.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::QPixelsParams;
using hedge::kernel::QuantizeArgs;
using hedge::kernel::Range;
using hedge::kernel::Slice;
using T = Vec::T;

/// Bytes as integers: zero + round(x / scale), and zero for what is not a number.
struct Quantizer {
  T scale, low, high;
  Ints::T zero;

  explicit Quantizer(const QPixelsParams& p)
      : scale(Vec::set(p.scale)),
        low(Vec::set(static_cast<float>(-p.zero))),
        high(Vec::set(static_cast<float>(255 - p.zero))),
        zero(Ints::set(p.zero)) {}
  Ints::T operator()(T x) const {
    const T v = Vec::max(low, Vec::min(high, Vec::div(x, scale)));  // a NaN is the second operand and stays
    return Ints::add(zero, Ints::round(Vec::select_less(v, Vec::set(256), v, Vec::zero())));
  }
};

/// Pixels [mine) of one image.
template <int kChannels>
inline void qpixels_of(const QPixelsParams& p, const float* x, uint8_t* y, Range mine) {
  constexpr int64_t kAhead = 512;  // floats
  const Quantizer quantizer(p);
  int64_t k = mine.begin;
  for (; k + Vec::kWidth <= mine.end; k += Vec::kWidth) {
    Ints::T channel[kChannels];
    HEDGE_UNROLL
    for (int c = 0; c < kChannels; ++c) {
      __builtin_prefetch(x + c * p.pixels + k + kAhead);
      channel[c] = quantizer(Vec::load(x + c * p.pixels + k));
    }
    Ints::store_pixels(y + k * kChannels, channel);
  }
  if (k == mine.end) return;
  Ints::T channel[kChannels];
  for (int c = 0; c < kChannels; ++c) channel[c] = quantizer(Vec::load_some(x + c * p.pixels + k, mine.end - k));
  uint8_t last[Vec::kWidth * kChannels];
  Ints::store_pixels(last, channel);
  __builtin_memcpy(y + k * kChannels, last, static_cast<size_t>((mine.end - k) * kChannels));
}

inline void qpixels(const QPixelsParams& p, const QuantizeArgs& args, Slice slice) {
  const Range mine = share(p.pixels, slice, 64);
  for (int64_t n = 0; n < p.batch; ++n) {
    const float* x = args.x + n * p.channels * p.pixels;
    uint8_t* y = args.y + n * p.channels * p.pixels;
    switch (p.channels) {
      case 1: qpixels_of<1>(p, x, y, mine); break;
      case 2: qpixels_of<2>(p, x, y, mine); break;
      case 3: qpixels_of<3>(p, x, y, mine); break;
      default: qpixels_of<4>(p, x, y, mine);
    }
  }
}

}  // namespace
