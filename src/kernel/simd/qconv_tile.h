// The register tile under every integer product: pixels times filters, sums held in registers over the whole window.
// A step takes a quad of x from each pixel, the same for all filters, and multiplies it with a quad of each filter.
#pragma once

#include "kernel/simd/epilogue.h"
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
  Affine affine;      ///< of a sequel, or nulls
  Folded folded;      ///< of the same, or nulls; low and high of each filter
  uint8_t* y;
  int64_t y_pitch, y_size;  ///< bytes between pixels, bytes of a filter's answer
  const uint8_t* residual;  ///< or null
  int64_t residual_pitch;
  int64_t columns;  ///< filters that exist; the last vector may be partial
  int64_t passes;   ///< tiles that these weights have met before this one
};

/// The first tiles to meet some weights ask for those of the next columns, a panel each: they come from far away, and
/// the hardware's own prefetcher begins anew with each panel. Beyond the last panel lie the next step's weights.
template <int kVectors>
inline int64_t panel_ahead(const QTile& tile) {
  return tile.passes < kVectors ? (kVectors + tile.passes) * tile.panel_bytes : 0;
}

/// `kLines`: the tile is as many output rows, one below the other; the second's runs follow the first's.
template <int kRows, int kVectors, int kLines>
inline __attribute__((always_inline)) void add_products(const QTile& tile, Ints::T (&sum)[kRows * kVectors]) {
  constexpr int64_t kStep = hedge::kernel::kPanel / Ints::kWidth * Dots::kUnitBytes;  // a quad of a panel
  const int8_t* weights = tile.weights;
  const int64_t pitch = tile.x_pitch, panel_bytes = tile.panel_bytes;
  const int64_t run_count = tile.run_count, run_quads = tile.run_quads, ahead = panel_ahead<kVectors>(tile);
  int64_t run = 0;
  do {  // there is a run, and a quad in it
    // One pointer for three rows: x86 addresses reach the two others by an index.
    constexpr int kOfLine = kRows / kLines, kPointers = (kOfLine + 2) / 3;
    const uint8_t* x[kLines * kPointers];
    HEDGE_UNROLL
    for (int k = 0; k < kLines * kPointers; ++k)
      x[k] = tile.runs[k / kPointers * run_count + run] + tile.offset + k % kPointers * 3 * pitch;
    int64_t quad = 0;
    do {
      __builtin_prefetch(weights + ahead, 0, 2);
      Dots::Weights w[kVectors];
      HEDGE_UNROLL
      for (int j = 0; j < kVectors; ++j)
        w[j] = Dots::load_weights(weights + j * Ints::kWidth / hedge::kernel::kPanel * panel_bytes +
                                  j % (hedge::kernel::kPanel / Ints::kWidth) * Dots::kUnitBytes);
      HEDGE_UNROLL
      for (int i = 0; i < kRows; ++i) {
        const int line = i / kOfLine, column = i % kOfLine;
        const Dots::Quads quads = Dots::broadcast(x[line * kPointers + column / 3] + column % 3 * pitch);
        HEDGE_UNROLL
        for (int j = 0; j < kVectors; ++j) sum[i * kVectors + j] = Dots::dot(sum[i * kVectors + j], quads, w[j]);
      }
      HEDGE_UNROLL
      for (int k = 0; k < kLines * kPointers; ++k) x[k] += 4;
      weights += kStep;
    } while (++quad < run_quads);
  } while (++run < run_count);
}

/// Vectors of a group (qepilogue.h) to one pixel; the group's pieces are pixels.
template <int kVectors>
inline constexpr int kPixelVectors = kVectors < 4 ? kVectors : 4;

/// Four vectors of scaled sums that a tile left in memory: kOf neighbours of each row from `held` on.
template <int kVectors, int kOf>
inline __attribute__((always_inline)) void load_held(const float* held, T (&v)[4]) {
  HEDGE_UNROLL
  for (int q = 0; q < 4; ++q) v[q] = Vec::load(held + (q / kOf * kVectors + q % kOf) * Vec::kWidth);
}

/// `held`: `rows` rows of kVectors vectors of scaled sums, with room to read three more.
template <Way kWay, int kVectors>
__attribute__((noinline)) void store_short(const QTile& tile, const Finish& finish, const Folded& folded,
                                           const float* held, int64_t rows) {
  constexpr int kOf = kPixelVectors<kVectors>, kPieces = 4 / kOf;
  const Short steps(finish);
  const Ints::Some some = Ints::some(tile.columns);
  const int64_t y_pitch = tile.y_pitch, residual_pitch = tile.residual_pitch, columns = tile.columns;
  HEDGE_NO_UNROLL
  for (int column = 0; column < kVectors; column += kOf) {
    const int64_t at = column * Vec::kWidth;
    const Folded of_column{folded.slope + at, folded.offset + at, nullptr, nullptr};
    uint8_t* y = tile.y + at;
    const uint8_t* residual = nullptr;
    if constexpr (kWay == Way::kResidual || kWay == Way::kSum) residual = tile.residual + at;
    const float* from = held + at;
    HEDGE_NO_UNROLL
    for (int64_t left = rows; left > 0; left -= kPieces) {
      T v[4], r[4] = {};
      load_held<kVectors, kOf>(from, v);
      if constexpr (kWay == Way::kFolded) follow_folded(of_column, [](int q) { return q % kOf; }, v);
      if constexpr (kWay == Way::kResidual || kWay == Way::kSum) {
        HEDGE_UNROLL
        for (int q = 0; q < 4; ++q) {
          const int64_t row = q / kOf < left ? q / kOf : 0, j = q % kOf * Ints::kWidth;
          const Ints::T bytes = Ints::load_wide(residual + row * residual_pitch + j, columns - at - j);
          r[q] = Ints::to_floats(Ints::sub(bytes, Ints::set(steps.residual_zero)));
        }
        residual += kPieces * residual_pitch;
      }
      Ints::Bytes bytes = finish_short<kWay, false>(steps, v, r);
      if constexpr (kWay == Way::kFolded) bytes = clamp_folded(folded, column / kOf * Ints::kBytes, bytes);
      Ints::store_pieces<kPieces>(y, y_pitch, bytes, left < kPieces ? left : kPieces, some);
      y += kPieces * y_pitch;
      from += kPieces * kVectors * Vec::kWidth;
    }
  }
}

/// The operands of an affine sequel for a tile's columns; nothing where there is none.
template <int kVectors>
struct TileAffine {
  alignas(64) int32_t factor[kVectors * Ints::kWidth], shift[kVectors * Ints::kWidth];
  alignas(64) float scale[kVectors * Vec::kWidth];

  explicit TileAffine(const QTile& tile) {
    if (tile.affine.factor == nullptr) return;
    HEDGE_UNROLL
    for (int j = 0; j < kVectors; ++j) {
      const int64_t at = j * Ints::kWidth, left = tile.columns - at;
      Ints::store(factor + at, Ints::load_some(tile.affine.factor + at, left));
      Ints::store(shift + at, Ints::load_some(tile.affine.shift + at, left));
      Vec::store(scale + at, Vec::load_some(tile.affine.scale + at, left));
    }
  }
  Affine from(int vector) const { return Affine{factor, shift, scale}.from(vector * Ints::kWidth); }
};

template <int kVectors>
__attribute__((noinline)) void store_any(const QTile& tile, const Finish& finish, const float* held, int64_t rows) {
  constexpr int kOf = kPixelVectors<kVectors>, kPieces = 4 / kOf;
  const TileAffine<kVectors> affine(tile);
  HEDGE_NO_UNROLL
  for (int column = 0; column < kVectors; column += kOf) {
    const int64_t at = column * Vec::kWidth;
    alignas(64) float gain[4 * Vec::kWidth];
    if (tile.gain != nullptr)
      for (int q = 0; q < 4; ++q) {
        const int64_t j = at + q % kOf * Vec::kWidth;
        if (j < tile.columns) Vec::store(gain + q * Vec::kWidth, Vec::load_some(tile.gain + j, tile.columns - j));
      }
    HEDGE_NO_UNROLL
    for (int64_t row = 0; row < rows; row += kPieces)
      finish_group<kPieces, false>(
          finish, {.v = held + (row * kVectors + column) * Vec::kWidth,
                   .gain = tile.gain != nullptr ? gain : nullptr,
                   .affine = affine.from(column),
                   .y = tile.y + row * tile.y_pitch + at,
                   .y_pitch = tile.y_pitch,
                   .residual = tile.residual != nullptr ? tile.residual + row * tile.residual_pitch + at : nullptr,
                   .residual_pitch = tile.residual_pitch,
                   .count = rows - row < kPieces ? rows - row : kPieces,
                   .lanes = tile.columns - at});
  }
}

/// Values themselves: the answers of a network's last layers.
template <int kVectors>
__attribute__((noinline)) void store_real(const QTile& tile, const Finish& finish, const float* held, int64_t rows) {
  const hedge::kernel::Epilogue activation{finish.step.activation, finish.step.alpha, finish.step.beta, false};
  HEDGE_NO_UNROLL
  for (int64_t row = 0; row < rows; ++row) {
    auto* const y = reinterpret_cast<float*>(tile.y + row * tile.y_pitch);
    const int64_t most = kVectors * Vec::kWidth, end = tile.columns < most ? tile.columns : most;
    HEDGE_NO_UNROLL
    for (int64_t at = 0; at < end; at += Vec::kWidth) {
      T v[1] = {Vec::load(held + row * kVectors * Vec::kWidth + at)};
      activate_all(activation, v);
      Vec::store_some(y + at, v[0], tile.columns - at);
    }
  }
}

template <int kVectors>
inline void store_held(const QTile& tile, const Finish& finish, const Folded& folded, const float* held, int64_t rows) {
  switch (finish.way) {
    case Way::kRound: return store_short<Way::kRound, kVectors>(tile, finish, folded, held, rows);
    case Way::kClamp: return store_short<Way::kClamp, kVectors>(tile, finish, folded, held, rows);
    case Way::kTable:
      if constexpr (Table::kMayPass) return store_short<Way::kTable, kVectors>(tile, finish, folded, held, rows);
      break;
    case Way::kResidual: return store_short<Way::kResidual, kVectors>(tile, finish, folded, held, rows);
    case Way::kFolded: return store_short<Way::kFolded, kVectors>(tile, finish, folded, held, rows);
    case Way::kSum: return store_short<Way::kSum, kVectors>(tile, finish, folded, held, rows);
    case Way::kReal: return store_real<kVectors>(tile, finish, held, rows);
    default: return store_any<kVectors>(tile, finish, held, rows);
  }
}

/// The same from registers.
template <Way kWay, int kRows, int kVectors>
inline __attribute__((always_inline)) void store_at_once(const QTile& tile, const Short& steps, Ints::Some some,
                                                         const Folded& folded, const T (&v)[kRows * kVectors]) {
  constexpr int kOf = kPixelVectors<kVectors>, kPieces = 4 / kOf;
  uint8_t* const y = tile.y;
  const int64_t y_pitch = tile.y_pitch;
  HEDGE_UNROLL
  for (int g = 0; g < kRows * kVectors; g += 4) {
    const int row = g / kVectors, column = g % kVectors * Ints::kWidth, count = kRows - row;
    T four[4];
    HEDGE_UNROLL
    for (int q = 0; q < 4; ++q) four[q] = v[g + q < kRows * kVectors ? g + q : g];
    if constexpr (kWay == Way::kFolded) follow_folded(folded, [&](int q) { return (g + q) % kVectors; }, four);
    Ints::Bytes bytes = finish_short<kWay, false>(steps, four, {});
    if constexpr (kWay == Way::kFolded) bytes = clamp_folded(folded, g % kVectors / kOf * Ints::kBytes, bytes);
    Ints::store_pieces<kPieces>(y + row * y_pitch + column, y_pitch, bytes, count < kPieces ? count : kPieces, some);
  }
}

/// Whether it does.
template <int kRows, int kVectors>
inline __attribute__((always_inline)) bool stores_at_once(const QTile& tile, const Short& steps, Ints::Some some,
                                                          const Folded& folded, Way way,
                                                          const T (&v)[kRows * kVectors]) {
  if (way == Way::kRound) {
    store_at_once<Way::kRound, kRows, kVectors>(tile, steps, some, folded, v);
  } else if (way == Way::kClamp) {
    store_at_once<Way::kClamp, kRows, kVectors>(tile, steps, some, folded, v);
  } else if (Table::kMayPass && way == Way::kTable) {
    store_at_once<Way::kTable, kRows, kVectors>(tile, steps, some, folded, v);
  } else if (way == Way::kFolded) {
    store_at_once<Way::kFolded, kRows, kVectors>(tile, steps, some, folded, v);
  } else {
    return false;
  }
  return true;
}

/// Tiles as tall as this finish the short ways in their registers.
template <int kVectors>
inline constexpr int kTallRows = kVectors == 4  ? Dots::kWideRows - (Dots::kWideRows > 2 ? 1 : 0)
                                 : kVectors < 4 ? Dots::kTileRows - (Dots::kTileRows > 6 ? 2 : 1)
                                                : 9;

/// `tiles` tiles below each other; one of two lines stands alone. The sums leave the others through memory (the
/// first-level cache): with every way to finish them inlined into every height of tile, those would be most of the
/// program.
template <int kRows, int kVectors, int kLines = 1>
__attribute__((noinline)) void qtiles(const QTile& first, const Finish& finish, int64_t tiles) {
  QTile tile = first;
  const Short steps(finish);
  const Way way = finish.way;
  const Ints::Some some = Ints::some(tile.columns);  // partial in tiles of one or two vectors only
  alignas(64) float slope[kVectors * Vec::kWidth], offset[kVectors * Vec::kWidth];
  constexpr int kOf = kPixelVectors<kVectors>;
  alignas(64) uint8_t low[kVectors / kOf * Ints::kBytes], high[kVectors / kOf * Ints::kBytes];
  if (way == Way::kFolded) {
    HEDGE_UNROLL
    for (int j = 0; j < kVectors; ++j) {
      const int64_t at = j * Vec::kWidth, left = tile.columns - at;
      Vec::store(slope + at, Vec::load_some(tile.folded.slope + at, left));
      Vec::store(offset + at, Vec::load_some(tile.folded.offset + at, left));
    }
    for (int j = 0; j < kVectors; j += kOf) {
      const int64_t at = j * Ints::kWidth, to = j / kOf * Ints::kBytes;
      repeat_bytes<4 / kOf>(tile.folded.low + at, Ints::some(tile.columns - at), low + to);
      repeat_bytes<4 / kOf>(tile.folded.high + at, Ints::some(tile.columns - at), high + to);
    }
  }
  const Folded folded{slope, offset, low, high};
  Ints::T bias[kVectors];
  T scale[kVectors];
  HEDGE_UNROLL
  for (int j = 0; j < kVectors; ++j) {
    const int64_t left = tile.columns - j * Ints::kWidth;
    bias[j] = Ints::load_some(tile.bias + j * Ints::kWidth, left);
    scale[j] = Vec::load_some(tile.scale + j * Vec::kWidth, left);
  }
  alignas(64) float held[(kRows * kVectors + 3) * Vec::kWidth];
  HEDGE_UNROLL
  for (int k = kRows * kVectors; k < kRows * kVectors + 3; ++k) Vec::store(held + k * Vec::kWidth, Vec::zero());
  for (; tiles > 0; --tiles) {
    Ints::T sum[kRows * kVectors];
    HEDGE_UNROLL
    for (int k = 0; k < kRows * kVectors; ++k) sum[k] = bias[k % kVectors];
    add_products<kRows, kVectors, kLines>(tile, sum);
    T v[kRows * kVectors];
    HEDGE_UNROLL
    for (int k = 0; k < kRows * kVectors; ++k) v[k] = Vec::mul(Ints::to_floats(sum[k]), scale[k % kVectors]);
    bool stored = false;
    if constexpr (kRows >= kTallRows<kVectors> && kLines == 1)
      stored = stores_at_once<kRows, kVectors>(tile, steps, some, folded, way, v);
    if (!stored) {
      HEDGE_UNROLL
      for (int k = 0; k < kRows * kVectors; ++k) Vec::store(held + k * Vec::kWidth, v[k]);
      store_held<kVectors>(tile, finish, folded, held, kRows);
    }
    ++tile.passes;
    tile.offset += kRows * tile.x_pitch;
    tile.y += kRows * tile.y_pitch;
    if (tile.residual != nullptr) tile.residual += kRows * tile.residual_pitch;
  }
}

template <int kVectors, int kRowsMax>
inline void qtiles_up_to(int64_t rows, const QTile& tile, const Finish& finish, int64_t tiles) {
  if (rows == kRowsMax) return qtiles<kRowsMax, kVectors>(tile, finish, tiles);
  if constexpr (kRowsMax > 1) qtiles_up_to<kVectors, kRowsMax - 1>(rows, tile, finish, tiles);
}

/// Two whole output rows of half a tile's height or less, but more than a quarter of it, together.
inline bool is_half_tile(int64_t columns) {
  return columns == Dots::kTileRows / 2 || columns == Dots::kTileRows / 2 - 1;
}
inline void half_tiles(int64_t columns, const QTile& tile, const Finish& finish) {
  constexpr int kHalf = Dots::kTileRows / 2;
  if (columns == kHalf) return qtiles<2 * kHalf, 2, 2>(tile, finish, 1);
  qtiles<2 * kHalf - 2, 2, 2>(tile, finish, 1);
}

/// `vectors` of columns as next_vectors() gives them, and as many rows as fit with them.
inline void any_qtiles(int64_t rows, int64_t vectors, const QTile& tile, const Finish& finish, int64_t tiles) {
  switch (vectors) {
    case 8: return qtiles<1, 8>(tile, finish, tiles);
    case 4: return qtiles_up_to<4, Dots::kWideRows>(rows, tile, finish, tiles);
    case 2: return qtiles_up_to<2, Dots::kTileRows>(rows, tile, finish, tiles);
    default: return qtiles_up_to<1, Dots::kTileRows>(rows, tile, finish, tiles);
  }
}

/// Vectors of columns for the next tiles of `rows` rows in all, never more panels than are left. Wide where rows are
/// few, so that enough sums are in flight; and where windows are short, so that y is written in whole lines.
inline int64_t next_vectors(int64_t rows, int64_t quads, int64_t columns_left) {
  if (rows == 1 && columns_left >= 8 * Ints::kWidth) return 8;
  const bool wide = rows <= Dots::kWideRows || quads <= Dots::kWideQuads;
  if (wide && columns_left >= 4 * Ints::kWidth) return 4;
  return columns_left > Ints::kWidth ? 2 : 1;
}

/// The table over what product_rows() wrote.
inline void look_up_rows(const QTile& tile, int64_t rows, int64_t vectors, const Finish& finish) {
  const int64_t columns = vectors * Ints::kWidth < tile.columns ? vectors * Ints::kWidth : tile.columns;
  switch (vectors) {
    case 1: return look_up_pixels<4>(finish.table, tile.y, tile.y_pitch, rows, columns);
    case 2: return look_up_pixels<2>(finish.table, tile.y, tile.y_pitch, rows, columns);
    default:
      for (int64_t at = 0; at < columns; at += Ints::kBytes)
        look_up_pixels<1>(finish.table, tile.y + at, tile.y_pitch, rows, columns - at);
  }
}

inline int64_t tiles_of(int64_t rows, int64_t vectors) {
  const int64_t fit = vectors == 8 ? 1 : vectors == 4 ? Dots::kWideRows : Dots::kTileRows;
  return (rows + fit - 1) / fit;
}

/// `rows` pixels in tiles of nearly the same height (16 are 8 and 8), one block of columns.
inline void product_rows(QTile tile, int64_t rows, int64_t vectors, const Finish& finish) {
  const int64_t tiles = tiles_of(rows, vectors), height = rows / tiles;
  const int64_t tall = rows - tiles * height;  // tiles with a row more
  const QTile first = tile;
  if (tall > 0) {
    any_qtiles(height + 1, vectors, tile, finish, tall);
    tile.passes += tall;
    tile.offset += tall * (height + 1) * tile.x_pitch;
    tile.y += tall * (height + 1) * tile.y_pitch;
    if (tile.residual != nullptr) tile.residual += tall * (height + 1) * tile.residual_pitch;
  }
  any_qtiles(height, vectors, tile, finish, tiles - tall);
  if (finish.table_after) look_up_rows(first, rows, vectors, finish);
}

/// The tile moved to filters [column, end).
inline QTile at_column(QTile tile, int64_t column, int64_t end) {
  tile.weights += column / hedge::kernel::kPanel * tile.panel_bytes;
  tile.bias += column;
  tile.scale += column;
  if (tile.gain != nullptr) tile.gain += column;
  if (tile.affine.factor != nullptr) tile.affine = tile.affine.from(column);
  tile.folded = from_channel(tile.folded, column);
  tile.y += column * tile.y_size;
  if (tile.residual != nullptr) tile.residual += column;
  tile.columns = end - column;
  return tile;
}

}  // namespace
