// The register tile under every product: rows of a times panels of weights, sums held in registers over the whole
// depth, then bias, residual and activation on the way out. (The blocking of Goto and van de Geijn 2008, inner part.)
#pragma once

#include "kernel/simd/epilogue.h"
#include "kernel/simd/product.h"

namespace {

using Tile = hedge::kernel::ProductTile;

/// `kWhole`: weights may be read to the end of the last panel (packed ones are padded).
template <int kRows, int kVectors, bool kWhole>
inline __attribute__((always_inline)) void product_tile(const Tile& tile, const hedge::kernel::Epilogue& epilogue) {
  constexpr int64_t kWidth = Vec::kWidth, kPanel = hedge::kernel::kPanel;
  // Weights are asked for a page ahead: the hardware's own prefetcher stops at its end, and a panel is seldom longer
  // than a few; beyond it lies the next one. Of a row-major matrix these are as many rows.
  const int64_t ahead = 4096 / static_cast<int64_t>(sizeof(float)) / kPanel * tile.w_pitch;
  const int64_t a_pitch = tile.a_pitch, last = tile.columns - (kVectors - 1) * kWidth;
  T sum[kRows * kVectors];
  HEDGE_UNROLL
  for (int j = 0; j < kVectors; ++j) {
    const int64_t lanes = j + 1 < kVectors ? kWidth : last;
    const T bias = tile.bias != nullptr ? Vec::load_some(tile.bias + j * kWidth, lanes) : Vec::zero();
    HEDGE_UNROLL
    for (int i = 0; i < kRows; ++i) sum[i * kVectors + j] = bias;
  }
  const float* w = tile.w;
  const float* a_run = tile.a;
  for (int64_t begin = 0; begin < tile.k; begin += tile.a_run, a_run += tile.a_jump)
    for (const float *a = a_run, *a_end = a_run + tile.a_run; a != a_end; ++a, w += tile.w_pitch) {
      T row[kVectors];
      HEDGE_UNROLL
      for (int j = 0; j < kVectors; ++j) {
        const float* from = w + j * kWidth / kPanel * tile.w_panel + j * kWidth % kPanel;
        __builtin_prefetch(from + ahead, 0, 3);
        row[j] = kWhole || j + 1 < kVectors ? Vec::load(from) : Vec::load_some(from, last);
      }
      HEDGE_UNROLL
      for (int i = 0; i < kRows; ++i) {
        const T x = Vec::set(a[i * a_pitch]);
        HEDGE_UNROLL
        for (int j = 0; j < kVectors; ++j) sum[i * kVectors + j] = Vec::fma(x, row[j], sum[i * kVectors + j]);
      }
    }
  finish_rows<kRows, kVectors>(epilogue, Adding(epilogue, tile.residual), sum, tile.residual, tile.y, tile.y_pitch,
                               tile.columns);
}

template <int kRows, bool kWhole>
inline void tile_rows(const Tile& tile, const hedge::kernel::Epilogue& epilogue) {
  if (tile.columns > Vec::kWidth)
    product_tile<kRows, Vec::kTileVectors, kWhole>(tile, epilogue);
  else
    product_tile<kRows, 1, kWhole>(tile, epilogue);
}

/// Rows of the tallest tile. Columns that end in the middle of a vector, where weights are not padded, are few: six
/// rows are enough for them.
template <bool kWhole>
inline constexpr int kMostRows = kWhole ? Vec::kTileRows : 6;

/// 1 to kMostRows rows, up to kTileVectors vectors of columns.
template <bool kWhole>
inline void any_tile(int64_t rows, const Tile& tile, const hedge::kernel::Epilogue& epilogue) {
  switch (rows) {
    case 1: return tile_rows<1, kWhole>(tile, epilogue);
    case 2: return tile_rows<2, kWhole>(tile, epilogue);
    case 3: return tile_rows<3, kWhole>(tile, epilogue);
    case 4: return tile_rows<4, kWhole>(tile, epilogue);
    case 5: return tile_rows<5, kWhole>(tile, epilogue);
    case 6: return tile_rows<6, kWhole>(tile, epilogue);
    default: break;
  }
  if constexpr (kMostRows<kWhole> > 6) {
    switch (rows) {
      case 7: return tile_rows<7, kWhole>(tile, epilogue);
      case 8: return tile_rows<8, kWhole>(tile, epilogue);
      case 9: return tile_rows<9, kWhole>(tile, epilogue);
      case 10: return tile_rows<10, kWhole>(tile, epilogue);
      case 11: return tile_rows<11, kWhole>(tile, epilogue);
      default: return tile_rows<12, kWhole>(tile, epilogue);
    }
  }
}

/// Where a product begins: the tile itself moves. It is never copied, since a copy right after its members were written
/// one by one would wait for them.
struct TileOrigin {
  const float* a;
  const float* w;
  float* y;
  const float* bias;
  const float* residual;

  explicit TileOrigin(const Tile& tile) : a(tile.a), w(tile.w), y(tile.y), bias(tile.bias), residual(tile.residual) {}
  /// To the first row of `column`, the first of a panel.
  void move(Tile& tile, int64_t column) const {
    tile.a = a;
    tile.w = w + column / hedge::kernel::kPanel * tile.w_panel;
    tile.y = y + column;
    tile.bias = bias != nullptr ? bias + column : nullptr;
    tile.residual = residual != nullptr ? residual + column : nullptr;
  }
};

/// One product of any size over columns [column_begin, column_end): tiles of rows inside panels, so that a panel of
/// weights stays in the first-level cache while the rows pass. Tiles are of nearly the same height: 14 rows are 7 and
/// 7, since a tile of 2 rows would wait for its loads.
template <bool kWhole>
inline void product_rows(Tile& tile, const TileOrigin& from, int64_t rows, int64_t column_begin, int64_t column_end,
                         const hedge::kernel::Epilogue& epilogue) {
  constexpr int64_t kColumns = Vec::kTileVectors * Vec::kWidth;
  const int64_t tiles = (rows + kMostRows<kWhole> - 1) / kMostRows<kWhole>,
                height = tiles > 0 ? (rows + tiles - 1) / tiles : 1;
  for (int64_t column = column_begin; column < column_end; column += kColumns) {
    from.move(tile, column);
    tile.columns = column_end - column < kColumns ? column_end - column : kColumns;
    for (int64_t row = 0; row < rows; row += height) {
      any_tile<kWhole>(rows - row < height ? rows - row : height, tile, epilogue);
      tile.a += height * tile.a_pitch;
      tile.y += height * tile.y_pitch;
      if (tile.residual != nullptr) tile.residual += height * tile.y_pitch;
    }
  }
}

/// A single row: wider, since one row alone has too few sums in flight. Returns the first column that is left.
inline int64_t single_row(Tile& tile, const TileOrigin& from, int64_t column, int64_t column_end,
                          const hedge::kernel::Epilogue& epilogue) {
  constexpr int64_t kColumns = Vec::kRowVectors * Vec::kWidth;
  for (; column + kColumns <= column_end; column += kColumns) {
    from.move(tile, column);
    tile.columns = kColumns;
    product_tile<1, Vec::kRowVectors, true>(tile, epilogue);
  }
  return column;
}

/// `packed`: weights may be read to the end of the last panel. If not, whole blocks of columns still are whole.
inline void any_product(Tile& tile, int64_t rows, hedge::kernel::Range columns, const hedge::kernel::Epilogue& epilogue,
                        bool packed) {
  constexpr int64_t kColumns = Vec::kTileVectors * Vec::kWidth;
  const TileOrigin from(tile);
  if (rows == 1) columns.begin = single_row(tile, from, columns.begin, columns.end, epilogue);
  const int64_t whole = packed ? columns.end : columns.end - (columns.end - columns.begin) % kColumns;
  product_rows<true>(tile, from, rows, columns.begin, whole, epilogue);
  if (whole < columns.end) product_rows<false>(tile, from, rows, whole, columns.end, epilogue);
}

}  // namespace
