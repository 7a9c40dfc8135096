// How kernels that pass once over rows of bytes are shared among threads.
#pragma once

#include "kernel/params.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::Range;
using hedge::kernel::Slice;

/// A thread's rows, and its columns of each.
struct RowShare {
  Range rows, columns;
};

/// `one_row`: the rows follow each other without gaps. Few rows are shared by columns.
inline RowShare share_rows(int64_t rows, int64_t columns, bool one_row, Slice slice) {
  if (one_row) return {{0, 1}, share(rows * columns, slice, 64)};
  if (rows < 2 * slice.count) return {{0, rows}, share(columns, slice, 64)};
  return {share(rows, slice), {0, columns}};
}

}  // namespace
