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
        row[j] = kWhole || j + 1 < kVectors ? Vec::load(from) : Vec::load_some(from, last);
      }
      HEDGE_UNROLL
      for (int i = 0; i < kRows; ++i) {
        const T x = Vec::set(a[i * a_pitch]);
        HEDGE_UNROLL
        for (int j = 0; j < kVectors; ++j) sum[i * kVectors + j] = Vec::fma(x, row[j], sum[i * kVectors + j]);
      }
    }
  finish_rows<kRows, kVectors>(epilogue, sum, tile.residual, tile.y, tile.y_pitch, tile.columns);
}

template <int kRows, bool kWhole>
inline void tile_rows(const Tile& tile, const hedge::kernel::Epilogue& epilogue) {
  if (tile.columns > Vec::kWidth)
    product_tile<kRows, Vec::kTileVectors, kWhole>(tile, epilogue);
  else
    product_tile<kRows, 1, kWhole>(tile, epilogue);
}

/// 1 to kTileRows rows, up to kTileVectors vectors of columns.
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
  if constexpr (Vec::kTileRows > 6) {
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

/// One product of any size over columns [column_begin, column_end): tiles of rows inside panels, so that a panel of
/// weights stays in the first-level cache while the rows pass. Tiles are of nearly the same height: 14 rows are 7 and
/// 7, since a tile of 2 rows would wait for its loads.
template <bool kWhole>
inline void product_rows(Tile tile, int64_t rows, int64_t column_begin, int64_t column_end,
                    const hedge::kernel::Epilogue& epilogue) {
  constexpr int64_t kColumns = Vec::kTileVectors * Vec::kWidth;
  const Tile first = tile;
  const int64_t tiles = (rows + Vec::kTileRows - 1) / Vec::kTileRows,
                height = tiles > 0 ? (rows + tiles - 1) / tiles : 1;
  for (int64_t column = column_begin; column < column_end; column += kColumns) {
    tile.w = first.w + column / hedge::kernel::kPanel * first.w_panel + column % hedge::kernel::kPanel;
    tile.bias = first.bias != nullptr ? first.bias + column : nullptr;
    tile.columns = column_end - column < kColumns ? column_end - column : kColumns;
    for (int64_t row = 0; row < rows; row += height) {
      tile.a = first.a + row * first.a_pitch;
      tile.y = first.y + row * first.y_pitch + column;
      tile.residual = first.residual != nullptr ? first.residual + row * first.y_pitch + column : nullptr;
      any_tile<kWhole>(rows - row < height ? rows - row : height, tile, epilogue);
    }
  }
}

/// A single row: wider, since one row alone has too few sums in flight.
template <bool kWhole>
inline void single_row(Tile tile, int64_t column_begin, int64_t column_end, const hedge::kernel::Epilogue& epilogue) {
  constexpr int64_t kColumns = Vec::kRowVectors * Vec::kWidth;
  const Tile first = tile;
  int64_t column = column_begin;
  for (; column + kColumns <= column_end; column += kColumns) {
    tile.w = first.w + column / hedge::kernel::kPanel * first.w_panel;
    tile.bias = first.bias != nullptr ? first.bias + column : nullptr;
    tile.y = first.y + column;
    tile.residual = first.residual != nullptr ? first.residual + column : nullptr;
    tile.columns = kColumns;
    product_tile<1, Vec::kRowVectors, kWhole>(tile, epilogue);
  }
  product_rows<kWhole>(first, 1, column, column_end, epilogue);
}

template <bool kWhole>
inline void any_product(const Tile& tile, int64_t rows, hedge::kernel::Range columns,
                        const hedge::kernel::Epilogue& epilogue) {
  if (rows == 1)
    single_row<kWhole>(tile, columns.begin, columns.end, epilogue);
  else
    product_rows<kWhole>(tile, rows, columns.begin, columns.end, epilogue);
}

}  // namespace
