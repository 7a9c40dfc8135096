// Dense and grouped convolution as products: a run of output pixels gathers its windows into rows of a panel (in NHWC a
// window's row is one contiguous copy), then the product tile does the arithmetic. Pointwise convolutions need no
// panel.
#pragma once

#include "kernel/simd/product.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::ConvArgs;
using hedge::kernel::ConvParams;
using hedge::kernel::Range;
using hedge::kernel::Slice;
using Tile = hedge::kernel::ProductTile;

inline void copy_floats(const float* from, float* to, int64_t count) {
  int64_t k = 0;
  for (; k + Vec::kWidth <= count; k += Vec::kWidth) Vec::store(to + k, Vec::load(from + k));
  if (k < count) Vec::store_some(to + k, Vec::load_some(from + k, count - k), count - k);
}

inline void clear_floats(float* to, int64_t count) {
  int64_t k = 0;
  for (; k + Vec::kWidth <= count; k += Vec::kWidth) Vec::store(to + k, Vec::zero());
  if (k < count) Vec::store_some(to + k, Vec::zero(), count - k);
}

/// One output pixel's window of one group: [KH, KW, C/groups], zeros where it leaves the image.
inline void gather_window(const ConvParams& p, const float* x, int64_t pixel, float* row) {
  const int64_t ow = pixel % p.out_w, oh = pixel / p.out_w % p.out_h, n = pixel / (p.out_w * p.out_h);
  const int64_t top = oh * p.stride_h - p.pad_top, left = ow * p.stride_w - p.pad_left, channels = p.group_in();
  const bool one_run = p.dilation_w == 1 && p.groups == 1;
  for (int64_t kh = 0; kh < p.kernel_h; ++kh, row += p.kernel_w * channels) {
    const int64_t h = top + kh * p.dilation_h;
    if (h < 0 || h >= p.in_h) {
      clear_floats(row, p.kernel_w * channels);
      continue;
    }
    const float* line = x + (n * p.in_h + h) * p.in_w * p.in_c;
    if (one_run) {
      const int64_t begin = left < 0 ? -left : 0;
      const int64_t end = left + p.kernel_w > p.in_w ? p.in_w - left : p.kernel_w;
      if (begin > 0) clear_floats(row, (begin < p.kernel_w ? begin : p.kernel_w) * channels);
      if (end > begin) copy_floats(line + (left + begin) * channels, row + begin * channels, (end - begin) * channels);
      const int64_t filled = end > begin ? end : begin;
      if (filled < p.kernel_w) clear_floats(row + filled * channels, (p.kernel_w - filled) * channels);
      continue;
    }
    for (int64_t kw = 0; kw < p.kernel_w; ++kw) {
      const int64_t w = left + kw * p.dilation_w;
      if (w < 0 || w >= p.in_w)
        clear_floats(row + kw * channels, channels);
      else
        copy_floats(line + w * p.in_c, row + kw * channels, channels);
    }
  }
}

/// Pixels, of `pixels`, whose windows are gathered before the weights pass over them: the panel should stay in the
/// second-level cache. All panels are nearly alike: 49 pixels are 25 and 24, not 48 and one.
inline int64_t panel_rows(const ConvParams& p, int64_t pixels) {
  const int64_t tiles = hedge::kernel::kConvScratchFloats / (p.depth() * Vec::kTileRows);
  const int64_t most = (tiles < 1 ? 1 : tiles > 16 ? 16 : tiles) * Vec::kTileRows, panels = (pixels + most - 1) / most;
  return (pixels + panels - 1) / panels;
}

/// Pixels of a pointwise convolution over which the weights pass at a time: some sixteen tiles, no small rest.
inline int64_t direct_rows(int64_t pixels) {
  constexpr int64_t kRows = 16 * Vec::kTileRows;
  const int64_t chunks = (pixels + kRows / 2) / kRows;
  if (chunks <= 1) return pixels;
  const int64_t tiles = (pixels + Vec::kTileRows - 1) / Vec::kTileRows;
  return (tiles + chunks - 1) / chunks * Vec::kTileRows;
}

/// The weights' and the output's part of a tile; pixels from `pixel` on, filters of `group`.
inline Tile conv_tile(const ConvParams& p, const ConvArgs& args, int64_t pixel, int64_t group) {
  const int64_t filters = p.group_out(), panels = (filters + hedge::kernel::kPanel - 1) / hedge::kernel::kPanel;
  const int64_t at = pixel * p.out_c + group * filters;
  return {.a = nullptr,
          .a_pitch = 0,
          .a_run = p.depth(),
          .a_jump = 0,
          .w = args.weights + group * panels * hedge::kernel::kPanel * p.depth(),
          .w_pitch = hedge::kernel::kPanel,
          .w_panel = hedge::kernel::kPanel * p.depth(),
          .k = p.depth(),
          .y = args.y + at,
          .y_pitch = p.out_c,
          .bias = args.bias != nullptr ? args.bias + group * filters : nullptr,
          .residual = args.residual != nullptr ? args.residual + at : nullptr,
          .columns = 0};
}

/// Floats of one input line as far as an output row's windows reach, pads included.
inline int64_t line_floats(const ConvParams& p) { return ((p.out_w - 1) * p.stride_w + p.kernel_w) * p.in_c; }

/// Input lines from the first to the last that one output row sees.
inline int64_t window_lines(const ConvParams& p) { return (p.kernel_h - 1) * p.dilation_h + 1; }

/// Weights that fill the second-level cache several times over.
inline bool has_many_weights(const ConvParams& p) { return p.depth() * p.out_c >= int64_t{1} << 20; }

/// Not single taps with many weights: a band holds few of the lines that they skip, and gathered they are dense.
inline bool goes_by_lines(const ConvParams& p) {
  const bool gathers = p.kernel_h * p.kernel_w == 1 && has_many_weights(p);
  return p.groups == 1 && p.dilation_w == 1 && !gathers && 2 * p.out_w >= Vec::kTileRows &&
         window_lines(p) * line_floats(p) <= hedge::kernel::kConvScratchFloats;
}

/// Output rows whose input lines are held together: one, since its lines stay in the first-level cache; with many
/// weights as many as there is room for, all bands nearly alike.
inline int64_t band_rows(const ConvParams& p) {
  if (!has_many_weights(p)) return 1;
  const int64_t lines = hedge::kernel::kConvScratchFloats / line_floats(p);
  const int64_t most = (lines - window_lines(p)) / p.stride_h + 1, bands = (p.out_h + most - 1) / most;
  return (p.out_h + bands - 1) / bands;
}

/// Line `h` of image `n` with its pads.
inline void copy_line(const ConvParams& p, const float* x, int64_t n, int64_t h, float* line) {
  const int64_t floats = line_floats(p), before = p.pad_left * p.in_c;
  const int64_t inside = floats - before < p.in_w * p.in_c ? floats - before : p.in_w * p.in_c;
  if (h < 0 || h >= p.in_h || inside <= 0) return clear_floats(line, floats);
  clear_floats(line, before);
  copy_floats(x + (n * p.in_h + h) * p.in_w * p.in_c, line + before, inside);
  clear_floats(line + before + inside, floats - before - inside);
}

/// Output rows [begin, end) of all images, filters of `columns`. A panel of weights passes over all rows of a band
/// before the next one comes: weights beyond the second-level cache come once a band.
inline void conv_by_lines(const ConvParams& p, const ConvArgs& args, float* lines, Range rows, Range columns) {
  constexpr int64_t kColumns = Vec::kTileVectors * Vec::kWidth;
  const int64_t floats = line_floats(p), band = band_rows(p);
  for (int64_t row = rows.begin; row < rows.end;) {
    const int64_t n = row / p.out_h, top = row % p.out_h * p.stride_h - p.pad_top;
    int64_t count = p.out_h - row % p.out_h < band ? p.out_h - row % p.out_h : band;
    if (count > rows.end - row) count = rows.end - row;
    const int64_t line_count = (count - 1) * p.stride_h + window_lines(p);
    for (int64_t k = 0; k < line_count; ++k)
      if (k % p.stride_h < window_lines(p)) copy_line(p, args.x, n, top + k, lines + k * floats);
    for (int64_t column = columns.begin; column < columns.end; column += kColumns)
      for (int64_t k = 0; k < count; ++k) {
        Tile tile = conv_tile(p, args, (row + k) * p.out_w, 0);
        tile.a = lines + k * p.stride_h * floats;
        tile.a_pitch = p.stride_w * p.in_c;
        tile.a_run = p.kernel_w * p.in_c;
        tile.a_jump = p.dilation_h * floats;
        product(tile, p.out_w, {column, columns.end - column < kColumns ? columns.end : column + kColumns}, p.epilogue);
      }
    row += count;
  }
}

inline void conv(const ConvParams& p, const ConvArgs& args, Slice slice) {
  const int64_t pixels = p.pixels(), depth = p.depth(), filters = p.group_out();
  // Few pixels and many channels (the end of a network): the threads share the channels instead.
  constexpr int64_t kColumns = Vec::kTileVectors * Vec::kWidth;
  const bool by_columns = pixels < 4 * Vec::kTileRows * slice.count && p.groups == 1 && filters >= 2 * kColumns;
  const bool direct = p.is_pointwise();
  float* panel = reinterpret_cast<float*>(args.scratch);
  const Range columns = by_columns ? share(filters, slice, kColumns) : Range{0, filters};
  if (columns.begin == columns.end) return;
  if (!direct && goes_by_lines(p)) {
    const int64_t lines = p.batch * p.out_h;
    return conv_by_lines(p, args, panel, by_columns ? Range{0, lines} : share(lines, slice), columns);
  }
  const Range rows = by_columns ? Range{0, pixels} : share(pixels, slice, Vec::kTileRows);
  if (rows.begin == rows.end) return;
  const int64_t chunk = direct ? direct_rows(rows.end - rows.begin) : panel_rows(p, rows.end - rows.begin);
  for (int64_t begin = rows.begin; begin < rows.end; begin += chunk) {
    const int64_t count = rows.end - begin < chunk ? rows.end - begin : chunk;
    for (int64_t group = 0; group < p.groups; ++group) {
      const float* x = args.x + group * p.group_in();
      if (!direct)
        for (int64_t k = 0; k < count; ++k) gather_window(p, x, begin + k, panel + k * depth);
      Tile tile = conv_tile(p, args, begin, group);
      tile.a = direct ? x + begin * p.in_c : panel;
      tile.a_pitch = direct ? p.in_c : depth;
      product(tile, count, columns, p.epilogue);
    }
  }
}

}  // namespace
