// The product under convolutions, matrix products and recurrences of floats.
#include "kernel/avx2/vec.h"
// The vector type comes first: the algorithm is written on it.
#include "kernel/avx2/product.h"
#include "kernel/simd/product_tile.h"

namespace hedge::kernel {

void product_f32_6x16_avx2(ProductTile& tile, int64_t rows, Range columns, const Epilogue& epilogue, bool packed) {
  ::any_product(tile, rows, columns, epilogue, packed);
}

}  // namespace hedge::kernel
