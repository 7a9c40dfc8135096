// How integer convolutions see their operands: quads of four bytes that one instruction multiplies and adds. Shared by
// the packing of weights and by the kernels, so that both walk in the same order. Functions are static, as in slice.h.
#pragma once

#include "kernel/params.h"

namespace hedge::kernel {

/// A window is `count` runs of neighbouring bytes, each read as `quads` groups of four. A run's last quad may reach up
/// to three bytes beyond it: weights there are zero. A whole row of taps is a run where nothing lies between them.
struct QuadRuns {
  int64_t count, bytes, quads;
};
static inline QuadRuns quad_runs(const ConvShape& p) {
  const bool by_rows = p.groups == 1 && p.dilation_w == 1;
  const int64_t bytes = by_rows ? p.kernel_w * p.in_c : p.group_in();
  return {by_rows ? p.kernel_h : p.kernel_h * p.kernel_w, bytes, (bytes + 3) / 4};
}

static inline bool is_depthwise(const ConvShape& p) { return p.groups == p.in_c && p.groups == p.out_c; }

/// Depthwise filters are cut into quads of taps. Where there are three rows or more a quad is of one column, so that
/// neighbouring outputs share it: the column's rows in quads, the last one filled up. Others run on, row after row.
static inline int64_t tap_parts(const ConvShape& p) { return (p.kernel_h + 3) / 4; }  ///< quads of a column
static inline int64_t tap_quads(const ConvShape& p) {
  return p.kernel_h >= 3 ? p.kernel_w * tap_parts(p) : (p.kernel_h * p.kernel_w + 3) / 4;
}
/// The tap (kh * kernel_w + kw) at place `k` of a quad, or -1.
static inline int64_t tap_of(const ConvShape& p, int64_t quad, int64_t k) {
  if (p.kernel_h >= 3) {
    const int64_t kh = quad % tap_parts(p) * 4 + k;
    return kh < p.kernel_h ? kh * p.kernel_w + quad / tap_parts(p) : -1;
  }
  const int64_t tap = quad * 4 + k;
  return tap < p.kernel_h * p.kernel_w ? tap : -1;
}

/// Depthwise kernels fill a register of `lanes` times 16 bytes with the next channels of one pixel, or with fewer
/// channels of two or four neighbouring pixels where that wastes less.
static inline int64_t depthwise_pixels(int64_t channels_left, int64_t lanes) {
  if (channels_left > 8 * lanes) return 1;
  return lanes == 4 && channels_left > 16 ? 2 : lanes;
}

inline constexpr int64_t kDepthwiseBand = 16;  ///< output rows that pass a block of channels together

/// How a depthwise kernel goes through an output row by interleaved columns: `out_columns` of the output at a time see
/// as many columns of each phase of the stride and `halo` more; the buffer has room for `columns`.
struct DepthwiseColumns {
  int64_t parts, out_columns, halo, columns;
  bool two_rows;  ///< a column's quads hold the next output row's lines too: it comes with this one

  HEDGE_INLINE int64_t weight_bytes(const ConvShape& p) const { return p.kernel_w * parts * 2 * 4 * 64; }
  HEDGE_INLINE int64_t buffer_bytes(const ConvShape& p) const { return p.stride_w * parts * 4 * columns * 64; }
};
static inline DepthwiseColumns depthwise_columns(const ConvShape& p) {
  constexpr int64_t kBufferBytes = 32 * 1024;  // of the first-level cache
  DepthwiseColumns shape{.parts = tap_parts(p), .halo = (p.kernel_w - 1) * p.dilation_w / p.stride_w};
  const int64_t fit = kBufferBytes / (256 * shape.parts * p.stride_w) - shape.halo;
  shape.out_columns = fit < 16 ? 16 : fit / 8 * 8;  // whole vectors of four pixels, two at a time
  shape.columns = shape.out_columns + shape.halo + 8;
  shape.two_rows = p.dilation_h == 1 && (p.kernel_h + p.stride_h + 3) / 4 == shape.parts;
  return shape;
}
static inline bool goes_by_columns(const ConvShape& p) {
  return p.kernel_h >= 3 && p.stride_w <= 4 && (p.kernel_w - 1) * p.dilation_w <= 64;
}

/// Convolutions with taps copy input lines, pads filled in, so that every window is made of runs. A segment of an
/// output row sees `columns` pixels of a line; `band` output rows share the lines of a ring.
struct QConvLines {
  int64_t out_columns, columns, pixel_bytes, line_bytes, band, ring;
};
inline constexpr int64_t kQConvRingBytes = 64 * 1024;  ///< beside the weights in a second-level cache
inline constexpr int64_t kQConvSegmentMin = 16;        ///< output columns: a register tile

static inline int64_t columns_seen(const ConvShape& p, int64_t out_columns) {
  return (out_columns - 1) * p.stride_w + (p.kernel_w - 1) * p.dilation_w + 1;
}
/// No window reaches over the left or right end of a line.
static inline bool lines_need_no_pads(const ConvShape& p) {
  return p.pad_left == 0 && columns_seen(p, p.out_w) <= p.in_w;
}
static inline QConvLines qconv_lines(const QConvParams& p) {
  // Lines that need no pads and whose runs hold together are read where they lie, pitch and all.
  const bool in_place =
      lines_need_no_pads(p) && (p.kernel_w == 1 || p.x_pitch == p.in_c || quad_runs(p).count != p.kernel_h);
  QConvLines lines{.pixel_bytes = in_place ? p.x_pitch : p.in_c};
  const int64_t span = (p.kernel_h - 1) * p.dilation_h + 1;
  lines.out_columns = p.out_w;
  for (;; lines.out_columns = (lines.out_columns + 1) / 2) {
    lines.columns = columns_seen(p, lines.out_columns);
    lines.line_bytes = (lines.columns * lines.pixel_bytes + 3 + 63) / 64 * 64;  // 3: the last quad
    if (lines.out_columns <= kQConvSegmentMin || span * lines.line_bytes <= kQConvRingBytes) break;
  }
  const int64_t fit = (kQConvRingBytes / lines.line_bytes - span) / p.stride_h + 1;
  lines.band = fit < 1 ? 1 : fit > p.out_h ? p.out_h : fit;
  lines.ring = (lines.band - 1) * p.stride_h + span;
  return lines;
}

}  // namespace hedge::kernel
