// Transposition of whole tiles in registers; what is left at the edges goes element by element.
#pragma once

#include "kernel/params.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::Slice;

/// y[b][c][r] = x[b][r][c]. Tile has kSize rows and columns and moves one tile between two pitches in elements.
template <class Tile, class Element>
inline void transpose_tiles(const hedge::kernel::TransposeParams& p, const Element* x_all, Element* y_all,
                            Slice slice) {
  constexpr int64_t kSize = Tile::kSize;
  const int64_t bands = (p.rows + kSize - 1) / kSize;
  const auto mine = share(p.batch * bands, slice);
  for (int64_t band = mine.begin; band < mine.end; ++band) {
    const int64_t first = band / bands * p.rows * p.columns, row = band % bands * kSize;
    const Element* x = x_all + first + row * p.columns;
    Element* y = y_all + first + row;
    const int64_t rows = p.rows - row < kSize ? p.rows - row : kSize;
    int64_t column = 0;
    if (rows == kSize)
      for (; column + kSize <= p.columns; column += kSize)
        Tile::transpose(x + column, p.columns, y + column * p.rows, p.rows);
    for (; column < p.columns; ++column)
      for (int64_t r = 0; r < rows; ++r) y[column * p.rows + r] = x[r * p.columns + column];
  }
}

}  // namespace
