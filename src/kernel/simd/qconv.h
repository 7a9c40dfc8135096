// Dense and grouped convolution of bytes. A pointwise convolution reads its input where it lies. One with taps copies
// input lines, pads filled in, into a ring that a band of output rows shares: then every window is a few runs of
// neighbouring bytes, and a row of windows is a matrix with a pitch.
#pragma once

#include "kernel/qconv_layout.h"
#include "kernel/simd/qconv_tile.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::QConvArgs;
using hedge::kernel::QConvLines;
using hedge::kernel::QConvParams;
using hedge::kernel::Range;
using hedge::kernel::Slice;

/// A thread's part of the output: columns of the image, rows of all images (or pixels, pointwise), filters.
struct QShare {
  Range columns, rows, filters;
};

/// Few rows are shared by columns of the image, few pixels (the end of a network) by filters.
inline QShare share_of(const QConvParams& p, int64_t rows, int64_t columns, Slice slice) {
  constexpr int64_t kFilters = Dots::kTileVectors * Ints::kWidth;
  QShare mine{{0, columns}, {0, rows}, {0, p.group_out()}};
  const bool few = rows * columns < 4 * Dots::kTileRows * slice.count;
  if (few && p.groups == 1 && p.out_c >= 2 * kFilters)
    mine.filters = share(p.out_c, slice, kFilters);
  else if (rows == 1 || (rows < 2 * slice.count && columns >= Dots::kTileRows * slice.count))
    mine.columns = share(columns, slice, Dots::kTileRows);
  else
    mine.rows = share(rows, slice);
  return mine;
}

/// What the tiles of a group share; the first output pixel is `pixel`.
inline QTile qconv_tile(const QConvParams& p, const QConvArgs& args, int64_t pixel, int64_t group) {
  constexpr int64_t kPanel = hedge::kernel::kPanel;
  const hedge::kernel::QuadRuns runs = hedge::kernel::quad_runs(p);
  const int64_t filters = p.group_out(), at = group * filters;
  const int64_t panel_bytes = runs.count * runs.quads * (kPanel / Ints::kWidth * Dots::kUnitBytes);
  return {.runs = nullptr,
          .run_count = runs.count,
          .run_quads = runs.quads,
          .offset = group * p.group_in(),
          .x_pitch = 0,
          .weights = args.weights + group * ((filters + kPanel - 1) / kPanel) * panel_bytes,
          .panel_bytes = panel_bytes,
          .bias = args.bias + at,
          .scale = args.scale + at,
          .gain = args.gain != nullptr ? args.gain + at : nullptr,
          .affine = args.factor != nullptr ? Affine{args.factor, args.shift, args.sequel_scale}.from(at) : Affine{},
          .folded = from_channel(p.folded, at),
          .y = args.y + pixel * p.y_pitch + at * p.y_size(),
          .y_pitch = p.y_pitch,
          .y_size = p.y_size(),
          .residual = args.residual != nullptr ? args.residual + pixel * p.residual_pitch + at : nullptr,
          .residual_pitch = p.residual_pitch,
          .columns = 0,
          .passes = 0};
}

/// Pixels [begin, end) of a pointwise convolution; the first of them lies at x.
inline void qpointwise_pixels(const QConvParams& p, const QConvArgs& args, const Finish& finish, const uint8_t* x,
                              int64_t x_pitch, Range pixels, Range filters) {
  // So many pixels that what they read and write stays in the first-level cache while the filters pass: a pixel's
  // bytes are written in pieces.
  constexpr int64_t kChunkBytes = 32 * 1024;
  const int64_t fit = kChunkBytes / (p.in_c + p.out_c) / Dots::kTileRows, chunk = (fit < 4 ? 4 : fit) * Dots::kTileRows;
  for (int64_t begin = pixels.begin; begin < pixels.end; begin += chunk) {
    const int64_t count = pixels.end - begin < chunk ? pixels.end - begin : chunk;
    const uint8_t* const run = x + (begin - pixels.begin) * x_pitch;
    for (int64_t group = 0; group < p.groups; ++group) {
      QTile tile = qconv_tile(p, args, begin, group);
      tile.runs = &run;
      tile.x_pitch = x_pitch;
      for (int64_t column = filters.begin, vectors; column < filters.end; column += vectors * Ints::kWidth) {
        vectors = next_vectors(count, tile.run_count * tile.run_quads, filters.end - column);
        product_rows(at_column(tile, column, filters.end), count, vectors, finish);
      }
    }
  }
}

inline void qpointwise(const QConvParams& p, const QConvArgs& args, const Finish& finish, Slice slice) {
  const int64_t pixels = p.pixels();
  QShare mine = share_of(p, 1, pixels, slice);
  // The quads of the last pixels would reach beyond x: these few are copied to where that is allowed.
  const int64_t over = hedge::kernel::quad_runs(p).quads * 4 - p.group_in();
  const int64_t unsafe = (over + p.x_pitch - 1) / p.x_pitch, safe = pixels > unsafe ? pixels - unsafe : 0;
  const Range direct{mine.columns.begin, mine.columns.end < safe ? mine.columns.end : safe};
  if (direct.begin < direct.end)
    qpointwise_pixels(p, args, finish, args.x + direct.begin * p.x_pitch, p.x_pitch, direct, mine.filters);
  const Range copied{mine.columns.begin > safe ? mine.columns.begin : safe, mine.columns.end};
  if (copied.begin >= copied.end) return;
  auto* scratch = reinterpret_cast<uint8_t*>(args.scratch);
  for (int64_t pixel = copied.begin; pixel < copied.end; ++pixel)
    __builtin_memcpy(scratch + (pixel - copied.begin) * p.in_c, args.x + pixel * p.x_pitch,
                     static_cast<uint64_t>(p.in_c));
  qpointwise_pixels(p, args, finish, scratch, p.in_c, copied, mine.filters);
}

/// The input lines of a segment of output columns, in scratch: [runs of a band][which line a slot holds][a line of
/// pads][the ring].
class LineRing {
 public:
  LineRing(const QConvParams& p, const QConvArgs& args, const QConvLines& shape)
      : p_(p), x_(args.x), shape_(shape), runs_(hedge::kernel::quad_runs(p)) {
    pointers_ = reinterpret_cast<const uint8_t**>(args.scratch);
    held_ = reinterpret_cast<int64_t*>(pointers_ + shape.band * runs_.count);
    pads_ = reinterpret_cast<uint8_t*>(held_ + shape.ring);
    lines_ = pads_ + shape.line_bytes;
    in_place_ = shape.pixel_bytes == p.x_pitch && hedge::kernel::lines_need_no_pads(p);
    __builtin_memset(pads_, p.x_zero, static_cast<uint64_t>(shape.line_bytes));
  }

  /// Output columns from `first` on are next.
  void begin_segment(int64_t first, int64_t count) {
    left_ = first * p_.stride_w - p_.pad_left;
    columns_ = hedge::kernel::columns_seen(p_, count);
    for (int64_t slot = 0; slot < shape_.ring; ++slot) held_[slot] = -1;
  }

  /// Where the runs of output row `oh` of image `n` begin; `row` counts in the band.
  const uint8_t* const* runs_of(int64_t n, int64_t oh, int64_t row) {
    const uint8_t** runs = pointers_ + row * runs_.count;
    const int64_t taps = runs_.count / p_.kernel_h;
    for (int64_t kh = 0; kh < p_.kernel_h; ++kh) {
      const uint8_t* at = line(n, oh * p_.stride_h - p_.pad_top + kh * p_.dilation_h);
      for (int64_t kw = 0; kw < taps; ++kw) runs[kh * taps + kw] = at + kw * p_.dilation_w * shape_.pixel_bytes;
    }
    return runs;
  }

 private:
  const uint8_t* line(int64_t n, int64_t h) {
    if (h < 0 || h >= p_.in_h) return pads_;
    const int64_t index = n * p_.in_h + h;
    const uint8_t* x = x_ + (index * p_.in_w + left_) * p_.x_pitch;
    // The last line's last quad must not reach beyond x.
    if (in_place_ && (runs_.quads * 4 == runs_.bytes || index + 1 < p_.batch * p_.in_h)) return x;
    const int64_t slot = index % shape_.ring;
    uint8_t* to = lines_ + slot * shape_.line_bytes;
    if (held_[slot] != index) copy(x, to);
    held_[slot] = index;
    return to;
  }

  void copy(const uint8_t* x, uint8_t* to) const {
    const int64_t bytes = shape_.pixel_bytes, end = p_.in_w - left_ < columns_ ? p_.in_w - left_ : columns_;
    const int64_t begin = left_ < 0 ? -left_ : 0;
    if (begin >= end) {
      __builtin_memset(to, p_.x_zero, static_cast<uint64_t>(columns_ * bytes));
      return;
    }
    __builtin_memset(to, p_.x_zero, static_cast<uint64_t>(begin * bytes));
    if (bytes == p_.x_pitch)  // but no gap after the last pixel: x may end there
      __builtin_memcpy(to + begin * bytes, x + begin * bytes,
                       static_cast<uint64_t>((end - begin - 1) * bytes + p_.in_c));
    else
      for (int64_t w = begin; w < end; ++w)
        __builtin_memcpy(to + w * bytes, x + w * p_.x_pitch, static_cast<uint64_t>(bytes));
    __builtin_memset(to + end * bytes, p_.x_zero, static_cast<uint64_t>((columns_ - end) * bytes));
  }

  const QConvParams& p_;
  const uint8_t* x_;
  const QConvLines& shape_;
  hedge::kernel::QuadRuns runs_;
  const uint8_t** pointers_;
  int64_t* held_;
  uint8_t* pads_;
  uint8_t* lines_;
  bool in_place_;
  int64_t left_ = 0, columns_ = 0;
};

/// `rows` output rows of an image that share the ring, columns [column, column + count).
inline void qconv_band(const QConvParams& p, const QConvArgs& args, const Finish& finish, LineRing& ring,
                       int64_t pixel_bytes, Range rows, int64_t column, int64_t count, Range filters) {
  const int64_t taps = hedge::kernel::quad_runs(p).count;
  const uint8_t* const* runs = nullptr;
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    const uint8_t* const* of_row = ring.runs_of(row / p.out_h, row % p.out_h, row - rows.begin);
    if (row == rows.begin) runs = of_row;
  }
  for (int64_t group = 0; group < p.groups; ++group) {
    QTile first = qconv_tile(p, args, rows.begin * p.out_w + column, group);
    first.runs = runs;
    first.x_pitch = p.stride_w * pixel_bytes;
    for (int64_t filter = filters.begin, vectors; filter < filters.end; filter += vectors * Ints::kWidth) {
      vectors = next_vectors(count, first.run_count * first.run_quads, filters.end - filter);
      QTile tile = at_column(first, filter, filters.end);
      const bool in_pairs = vectors == 2 && count == p.out_w && is_half_tile(count) && !finish.table_after;
      for (int64_t row = rows.begin, done; row < rows.end; row += done) {
        done = in_pairs && row + 1 < rows.end ? 2 : 1;
        if (done == 2)
          half_tiles(count, tile, finish);
        else
          product_rows(tile, count, vectors, finish);
        tile.passes += tiles_of(count, vectors);
        tile.runs += done * taps;
        tile.y += done * p.out_w * p.y_pitch;
        if (tile.residual != nullptr) tile.residual += done * p.out_w * p.residual_pitch;
      }
    }
  }
}

inline void qconv_by_lines(const QConvParams& p, const QConvArgs& args, const Finish& finish, Slice slice) {
  const QConvLines shape = hedge::kernel::qconv_lines(p);
  const QShare mine = share_of(p, p.batch * p.out_h, p.out_w, slice);
  LineRing ring(p, args, shape);
  for (int64_t column = mine.columns.begin; column < mine.columns.end; column += shape.out_columns) {
    const int64_t left = mine.columns.end - column, count = left < shape.out_columns ? left : shape.out_columns;
    ring.begin_segment(column, count);
    for (int64_t row = mine.rows.begin, end; row < mine.rows.end; row = end) {
      end = row + shape.band < mine.rows.end ? row + shape.band : mine.rows.end;
      const int64_t image_end = (row / p.out_h + 1) * p.out_h;  // a band is of one image
      if (end > image_end) end = image_end;
      qconv_band(p, args, finish, ring, shape.pixel_bytes, {row, end}, column, count, mine.filters);
    }
  }
}

inline void qconv(const QConvParams& p, const QConvArgs& args, const Table& table, Slice slice) {
  const Finish finish(p, args, table);
  if (p.is_pointwise())
    qpointwise(p, args, finish, slice);
  else
    qconv_by_lines(p, args, finish, slice);
}

}  // namespace
