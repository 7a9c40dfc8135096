// y = table[x] on bytes.
#pragma once

#include "kernel/params.h"
#include "kernel/simd/byte_rows.h"

namespace {

inline void qtable(const hedge::kernel::QTableParams& p, const hedge::kernel::QTableArgs& args, Slice slice) {
  const bool one_row = p.x_pitch == p.columns && p.y_pitch == p.columns;
  const Table table(args.table);
  const RowShare mine = share_rows(p.rows, p.columns, one_row, slice);
  for (int64_t row = mine.rows.begin; row < mine.rows.end; ++row)
    for (int64_t k = mine.columns.begin; k < mine.columns.end; k += Ints::kBytes) {
      const int64_t left = mine.columns.end - k;
      const Ints::Bytes x = Ints::load_some_bytes(args.x + row * p.x_pitch + k, left);
      Ints::store_some_bytes(args.y + row * p.y_pitch + k, table[x], left);
    }
}

}  // namespace
