// The product of floats of this instruction set, as its kernels call it.
#pragma once

#include "kernel/simd/product.h"

namespace hedge::kernel {

/// y = a * w over `rows` rows and `columns` of the tile, which is left somewhere else. `packed`: w may be read to the
/// end of its last panel.
void product_f32_6x16_avx2(ProductTile& tile, int64_t rows, Range columns, const Epilogue& epilogue, bool packed);

}  // namespace hedge::kernel

namespace {

inline void product(hedge::kernel::ProductTile& tile, int64_t rows, hedge::kernel::Range columns,
                    const hedge::kernel::Epilogue& epilogue, bool packed = true) {
  hedge::kernel::product_f32_6x16_avx2(tile, rows, columns, epilogue, packed);
}

}  // namespace
