// Matrix products: with packed constant weights, or of two matrices known at run time.
#pragma once

#include "kernel/simd/product.h"
#include "kernel/slice.h"

namespace {

using hedge::kernel::Slice;
using Tile = hedge::kernel::ProductTile;

inline void gemm(const hedge::kernel::GemmParams& p, const hedge::kernel::GemmArgs& args, Slice slice) {
  constexpr int64_t kColumns = Vec::kTileVectors * Vec::kWidth;
  const bool by_columns = p.m < 4 * Vec::kTileRows * slice.count;
  const auto rows = by_columns ? hedge::kernel::Range{0, p.m} : share(p.m, slice, Vec::kTileRows);
  const auto columns = by_columns ? share(p.n, slice, kColumns) : hedge::kernel::Range{0, p.n};
  Tile tile{.a = args.a + rows.begin * p.k,
            .a_pitch = p.k,
            .a_run = p.k,
            .a_jump = 0,
            .w = args.weights,
            .w_pitch = hedge::kernel::kPanel,
            .w_panel = hedge::kernel::kPanel * p.k,
            .k = p.k,
            .y = args.y + rows.begin * p.n,
            .y_pitch = p.n,
            .bias = args.bias,
            .residual = nullptr,
            .columns = 0};
  product(tile, rows.end - rows.begin, columns, p.epilogue);
}

inline void matmul(const hedge::kernel::MatMulParams& p, const hedge::kernel::MatMulArgs& args, Slice slice) {
  const hedge::kernel::Epilogue plain{};
  const bool by_batch = p.batch >= slice.count;
  const auto batches = by_batch ? share(p.batch, slice) : hedge::kernel::Range{0, p.batch};
  const auto rows = by_batch ? hedge::kernel::Range{0, p.m} : share(p.m, slice, Vec::kTileRows);
  for (int64_t b = batches.begin; b < batches.end; ++b) {
    Tile tile{.a = args.a + b * p.a_batch + rows.begin * p.k,
              .a_pitch = p.k,
              .a_run = p.k,
              .a_jump = 0,
              .w = args.b + b * p.b_batch,
              .w_pitch = p.n,
              .w_panel = hedge::kernel::kPanel,
              .k = p.k,
              .y = args.y + (b * p.m + rows.begin) * p.n,
              .y_pitch = p.n,
              .bias = nullptr,
              .residual = nullptr,
              .columns = 0};
    product(tile, rows.end - rows.begin, {0, p.n}, plain, false);
  }
}

}  // namespace
