// The register tile under every integer product: pixels times filters, sums held in registers over the whole window.
// A step takes a quad of x from each pixel, the same for all filters, and multiplies it with a quad of each filter.
#pragma once

#include "kernel/simd/qepilogue.h"

namespace {

struct QTile {
  const uint8_t* const* runs;  ///< where the runs of the windows begin (qconv_layout.h) ...
  int64_t run_count, run_quads;
  int64_t offset, x_pitch;  ///< ... plus what the first pixel is further on; bytes between pixels
  const int8_t* weights;    ///< of the first panel of 16 filters
  int64_t panel_bytes;
  const int32_t* bias;
  const float* scale;
  const float* gain;  ///< or null
  uint8_t* y;
  int64_t y_pitch, y_size;  ///< bytes between pixels, bytes of a filter's answer
  const uint8_t* residual;  ///< or null
  int64_t residual_pitch;
  int64_t columns;  ///< filters that exist; the last vector may be partial
};

template <int kRows, int kVectors>
inline __attribute__((always_inline)) void add_products(const QTile& tile, Ints::T (&sum)[kRows * kVectors]) {
  constexpr int64_t kStep = hedge::kernel::kPanel / Ints::kWidth * Dots::kUnitBytes;  // a quad of a panel
  const int8_t* weights = tile.weights;
  const int64_t pitch = tile.x_pitch, panel_bytes = tile.panel_bytes;
  for (int64_t run = 0; run < tile.run_count; ++run) {
    // One pointer for three rows: x86 addresses reach the two others by an index.
    const uint8_t* x[(kRows + 2) / 3];
    HEDGE_UNROLL
    for (int k = 0; k < (kRows + 2) / 3; ++k) x[k] = tile.runs[run] + tile.offset + 3 * k * pitch;
    for (int64_t quad = 0; quad < tile.run_quads; ++quad, weights += kStep) {
      Dots::Weights w[kVectors];
      HEDGE_UNROLL
      for (int j = 0; j < kVectors; ++j)
        w[j] = Dots::load_weights(weights + j * Ints::kWidth / hedge::kernel::kPanel * panel_bytes +
                                  j % (hedge::kernel::kPanel / Ints::kWidth) * Dots::kUnitBytes);
      HEDGE_UNROLL
      for (int i = 0; i < kRows; ++i) {
        const Dots::Quads quads = Dots::broadcast(x[i / 3] + i % 3 * pitch);
        HEDGE_UNROLL
        for (int j = 0; j < kVectors; ++j) sum[i * kVectors + j] = Dots::dot(sum[i * kVectors + j], quads, w[j]);
      }
      HEDGE_UNROLL
      for (int k = 0; k < (kRows + 2) / 3; ++k) x[k] += 4;
    }
  }
}

/// Vectors of a group (qepilogue.h) to one pixel; the group's pieces are pixels.
template <int kVectors>
inline constexpr int kPixelVectors = kVectors < 4 ? kVectors : 4;

template <int kRows, int kVectors>
inline __attribute__((always_inline)) void store_plain(const QTile& tile, const Finish& finish,
                                                       const T (&v)[kRows * kVectors]) {
  constexpr int kOf = kPixelVectors<kVectors>, kPieces = 4 / kOf;
  HEDGE_UNROLL
  for (int g = 0; g < kRows * kVectors; g += 4) {
    T four[4];
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) four[q] = v[g + q < kRows * kVectors ? g + q : g];
    Ints::Bytes bytes = Ints::in_sequence(to_bytes(finish.step, four));
    if (finish.table != nullptr) bytes = look_up(finish.table, bytes);
    const int row = g / kVectors, column = g % kVectors * Ints::kWidth;
    Ints::store_pieces<kPieces>(tile.y + row * tile.y_pitch + column, tile.y_pitch, bytes, kRows - row,
                                tile.columns - column);
  }
}

template <int kRows, int kVectors>
inline __attribute__((always_inline)) void store_through_memory(const QTile& tile, const Finish& finish,
                                                                const T (&v)[kRows * kVectors]) {
  constexpr int kOf = kPixelVectors<kVectors>, kPieces = 4 / kOf;
  alignas(64) float held[(kRows * kVectors + 3) * Vec::kWidth];
  HEDGE_UNROLL
  for (int k = 0; k < kRows * kVectors; ++k) Vec::store(held + k * Vec::kWidth, v[k]);
  for (int k = kRows * kVectors; k < kRows * kVectors + 3; ++k) Vec::store(held + k * Vec::kWidth, Vec::zero());
  for (int column = 0; column < kVectors; column += kOf) {
    alignas(64) float gain[4 * Vec::kWidth];
    if (tile.gain != nullptr)
      for (int q = 0; q < 4; ++q) {
        const int64_t at = (column + q % kOf) * Vec::kWidth;
        if (at < tile.columns) Vec::store(gain + q * Vec::kWidth, Vec::load_some(tile.gain + at, tile.columns - at));
      }
    const int64_t at = column * Vec::kWidth;
    for (int row = 0; row < kRows; row += kPieces)
      finish_group<kPieces, false>(
          finish, {.v = held + (row * kVectors + column) * Vec::kWidth,
                   .gain = tile.gain != nullptr ? gain : nullptr,
                   .y = tile.y + row * tile.y_pitch + at,
                   .y_pitch = tile.y_pitch,
                   .residual = tile.residual != nullptr ? tile.residual + row * tile.residual_pitch + at : nullptr,
                   .residual_pitch = tile.residual_pitch,
                   .count = kRows - row < kPieces ? kRows - row : kPieces,
                   .lanes = tile.columns - at});
  }
}

/// Values themselves: the answers of a network's last layers.
template <int kRows, int kVectors>
inline __attribute__((always_inline)) void store_real(const QTile& tile, const Finish& finish,
                                                      T (&v)[kRows * kVectors]) {
  const QuantEpilogue& step = finish.step;
  activate_all({.activation = step.activation, .alpha = step.alpha, .beta = step.beta, .residual_last = false}, v);
  HEDGE_UNROLL
  for (int i = 0; i < kRows; ++i) HEDGE_UNROLL
  for (int j = 0; j < kVectors; ++j)
    Vec::store_some(reinterpret_cast<float*>(tile.y + i * tile.y_pitch) + j * Vec::kWidth, v[i * kVectors + j],
                    tile.columns - j * Vec::kWidth);
}

template <int kRows, int kVectors>
__attribute__((noinline)) void qtile(const QTile& tile, const Finish& finish) {
  Ints::T sum[kRows * kVectors];
  HEDGE_UNROLL
  for (int j = 0; j < kVectors; ++j) {
    const Ints::T bias = Ints::load_some(tile.bias + j * Ints::kWidth, tile.columns - j * Ints::kWidth);
    HEDGE_UNROLL
    for (int i = 0; i < kRows; ++i) sum[i * kVectors + j] = bias;
  }
  add_products<kRows, kVectors>(tile, sum);
  T v[kRows * kVectors];
  HEDGE_UNROLL
  for (int j = 0; j < kVectors; ++j) {
    const T scale = Vec::load_some(tile.scale + j * Vec::kWidth, tile.columns - j * Vec::kWidth);
    HEDGE_UNROLL
    for (int i = 0; i < kRows; ++i) v[i * kVectors + j] = Vec::mul(Ints::to_floats(sum[i * kVectors + j]), scale);
  }
  if (finish.step.real)
    store_real<kRows, kVectors>(tile, finish, v);
  else if (finish.plain)
    store_plain<kRows, kVectors>(tile, finish, v);
  else
    store_through_memory<kRows, kVectors>(tile, finish, v);
}

template <int kVectors, int... kRows>
inline void qtile_of(int64_t rows, const QTile& tile, const Finish& finish) {
  using Function = void (*)(const QTile&, const Finish&);
  static constexpr Function kTiles[] = {qtile<kRows, kVectors>...};
  kTiles[rows - 1](tile, finish);
}

/// 1 to kTileRows rows, `vectors` of columns as next_columns() gives them.
inline void any_qtile(int64_t rows, int64_t vectors, const QTile& tile, const Finish& finish) {
  if (vectors == 8) return qtile<1, 8>(tile, finish);
  if (vectors == 4) return qtile_of<4, 1, 2, 3>(rows, tile, finish);
  if constexpr (Dots::kTileRows == 14) {
    if (vectors == 2) return qtile_of<2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14>(rows, tile, finish);
    return qtile_of<1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14>(rows, tile, finish);
  } else {
    if (vectors == 2) return qtile_of<2, 1, 2, 3, 4>(rows, tile, finish);
    return qtile_of<1, 1, 2, 3, 4>(rows, tile, finish);
  }
}

/// Vectors of columns for the next tile of up to `rows` rows: wide where rows are few, since sums are in flight
/// together, but never more panels than are left.
inline int64_t next_vectors(int64_t rows, int64_t columns_left) {
  if (rows == 1 && columns_left >= 8 * Ints::kWidth) return 8;
  if (rows < 4 && columns_left >= 4 * Ints::kWidth) return 4;
  return columns_left > Ints::kWidth ? 2 : 1;
}

/// `rows` pixels in tiles of nearly the same height (16 are 8 and 8), one block of columns.
inline void product_rows(QTile tile, int64_t rows, int64_t vectors, const Finish& finish) {
  const int64_t tiles = (rows + Dots::kTileRows - 1) / Dots::kTileRows;
  for (int64_t k = 0, row = 0; k < tiles; ++k) {
    const int64_t height = rows * (k + 1) / tiles - row;
    any_qtile(height, vectors, tile, finish);
    row += height;
    tile.offset += height * tile.x_pitch;
    tile.y += height * tile.y_pitch;
    if (tile.residual != nullptr) tile.residual += height * tile.residual_pitch;
  }
}

/// The tile moved to filters [column, end).
inline QTile at_column(QTile tile, int64_t column, int64_t end) {
  tile.weights += column / hedge::kernel::kPanel * tile.panel_bytes;
  tile.bias += column;
  tile.scale += column;
  if (tile.gain != nullptr) tile.gain += column;
  tile.y += column * tile.y_size;
  if (tile.residual != nullptr) tile.residual += column;
  tile.columns = end - column;
  return tile;
}

}  // namespace
