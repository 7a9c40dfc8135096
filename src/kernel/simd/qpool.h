// Pooling of bytes: maxima as they are, averages through sums of 16 bits, widened before they could overflow.
#pragma once

#include "kernel/simd/byte_rows.h"
#include "kernel/simd/to_bytes.h"
#include "kernel/simd/window_taps.h"

namespace {

using hedge::kernel::QPoolArgs;
using hedge::kernel::QPoolParams;

/// The taps of one output pixel that lie in the image, and where the first of them does.
struct PoolWindow {
  const uint8_t* x;
  int64_t rows, columns, row_pitch, column_pitch;
};

inline Ints::Bytes largest(const PoolWindow& window, int64_t channel, int64_t left) {
  Ints::Bytes best = Ints::no_bytes();
  for (int64_t kh = 0; kh < window.rows; ++kh)
    for (int64_t kw = 0; kw < window.columns; ++kw)
      best = Ints::max_bytes(
          best, Ints::load_some_bytes(window.x + kh * window.row_pitch + kw * window.column_pitch + channel, left));
  return best;
}

/// Sums of kBytes channels, interleaved.
inline void add_up(const PoolWindow& window, int64_t channel, int64_t left, Ints::T (&sum)[4]) {
  constexpr int64_t kSafe = 257;  // times 255 is the largest 16-bit number
  Ints::Bytes narrow[2] = {Ints::no_bytes(), Ints::no_bytes()};
  Ints::T wide[4];
  for (auto& s : sum) s = Ints::set(0);
  int64_t held = 0;
  const auto widen = [&] {
    Ints::widen_sums(narrow, wide);
    for (int q = 0; q < 4; ++q) sum[q] = Ints::add(sum[q], wide[q]);
    narrow[0] = narrow[1] = Ints::no_bytes();
    held = 0;
  };
  for (int64_t kh = 0; kh < window.rows; ++kh)
    for (int64_t kw = 0; kw < window.columns; ++kw) {
      if (held == kSafe) widen();
      Ints::add_bytes(
          Ints::load_some_bytes(window.x + kh * window.row_pitch + kw * window.column_pitch + channel, left), narrow);
      ++held;
    }
  widen();
}

inline void qpool(const QPoolParams& p, const QPoolArgs& args, Slice slice) {
  const ToBytes to = to_bytes_of(p.y_zero, p.y_low, p.y_high);
  // A global pool has one row: the threads share its channels.
  const RowShare mine = share_rows(p.batch * p.out_h, p.channels, false, slice);
  for (int64_t row = mine.rows.begin; row < mine.rows.end; ++row) {
    const int64_t n = row / p.out_h, top = row % p.out_h * p.stride_h - p.pad_top;
    const Taps down = taps_inside(top, p.in_h, p.kernel_h, p.dilation_h);
    for (int64_t ow = 0; ow < p.out_w; ++ow) {
      const int64_t left_edge = ow * p.stride_w - p.pad_left;
      const Taps across = taps_inside(left_edge, p.in_w, p.kernel_w, p.dilation_w);
      const bool empty = down.begin >= down.end || across.begin >= across.end;
      PoolWindow window{.x = args.x,
                        .rows = 0,
                        .columns = 0,
                        .row_pitch = p.dilation_h * p.in_w * p.x_pitch,
                        .column_pitch = p.dilation_w * p.x_pitch};
      if (!empty) {
        window.x +=
            ((n * p.in_h + top + down.begin * p.dilation_h) * p.in_w + left_edge + across.begin * p.dilation_w) *
            p.x_pitch;
        window.rows = down.end - down.begin;
        window.columns = across.end - across.begin;
      }
      const int64_t inside = window.rows * window.columns;
      int64_t count = inside;
      if (p.count_include_pad)
        count = taps_before(top, p.in_h + p.pad_bottom, p.kernel_h, p.dilation_h) *
                taps_before(left_edge, p.in_w + p.pad_right, p.kernel_w, p.dilation_w);
      const T scale = Vec::set(p.scale / static_cast<float>(count > 0 ? count : 1));
      const Ints::T zeros = Ints::set(static_cast<int32_t>(inside * p.x_zero));
      uint8_t* y = args.y + (row * p.out_w + ow) * p.y_pitch;
      for (int64_t c = mine.columns.begin; c < mine.columns.end; c += Ints::kBytes) {
        const int64_t left = mine.columns.end - c;
        if (!p.average) {
          Ints::store_some_bytes(y + c, largest(window, c, left), left);
          continue;
        }
        Ints::T sum[4];
        add_up(window, c, left, sum);
        T v[4];
        HEDGE_UNROLL
        for (int q = 0; q < 4; ++q) v[q] = Vec::mul(Ints::to_floats(Ints::sub(sum[q], zeros)), scale);
        Ints::store_some_bytes(y + c, to_bytes(v, to), left);
      }
    }
  }
}

}  // namespace
