// Transposition of 32-bit elements in tiles of 8x8: pairs, then pairs of pairs, then halves.
#include <immintrin.h>
#include <stdint.h>

#include "kernel/simd/transpose_tiles.h"
#include "kernel/simd/unroll.h"

namespace {

struct WordTile {
  static constexpr int64_t kSize = 8;
  static void transpose(const uint32_t* x, int64_t x_pitch, uint32_t* y, int64_t y_pitch) {
    __m256 row[8], pair[8], quad[8];
    HEDGE_UNROLL
    for (int k = 0; k < 8; ++k) row[k] = _mm256_loadu_ps(reinterpret_cast<const float*>(x + k * x_pitch));
    HEDGE_UNROLL
    for (int k = 0; k < 8; k += 2) {
      pair[k] = _mm256_unpacklo_ps(row[k], row[k + 1]);
      pair[k + 1] = _mm256_unpackhi_ps(row[k], row[k + 1]);
    }
    HEDGE_UNROLL
    for (int k = 0; k < 8; k += 4) {
      quad[k] = _mm256_shuffle_ps(pair[k], pair[k + 2], 0x44);
      quad[k + 1] = _mm256_shuffle_ps(pair[k], pair[k + 2], 0xEE);
      quad[k + 2] = _mm256_shuffle_ps(pair[k + 1], pair[k + 3], 0x44);
      quad[k + 3] = _mm256_shuffle_ps(pair[k + 1], pair[k + 3], 0xEE);
    }
    HEDGE_UNROLL
    for (int k = 0; k < 4; ++k) {
      const __m256 front = _mm256_permute2f128_ps(quad[k], quad[k + 4], 0x20),
                   back = _mm256_permute2f128_ps(quad[k], quad[k + 4], 0x31);
      _mm256_storeu_ps(reinterpret_cast<float*>(y + k * y_pitch), front);
      _mm256_storeu_ps(reinterpret_cast<float*>(y + (k + 4) * y_pitch), back);
    }
  }
};

}  // namespace

namespace hedge::kernel {

void transpose_u32_8x8_avx2(const TransposeParams& params, const TransposeArgs& args, Slice slice);
void transpose_u32_8x8_avx2(const TransposeParams& params, const TransposeArgs& args, Slice slice) {
  transpose_tiles<WordTile>(params, static_cast<const uint32_t*>(args.x), static_cast<uint32_t*>(args.y), slice);
}

}  // namespace hedge::kernel
