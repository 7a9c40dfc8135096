// Transposition of bytes in tiles of 16x16: four rounds of interleaving rows that are 8 apart.
#include <immintrin.h>
#include <stdint.h>

#include "kernel/simd/transpose_tiles.h"
#include "kernel/simd/unroll.h"

namespace {

struct ByteTile {
  static constexpr int64_t kSize = 16;
  static void transpose(const uint8_t* x, int64_t x_pitch, uint8_t* y, int64_t y_pitch) {
    __m128i row[16], next[16];
    HEDGE_UNROLL
    for (int k = 0; k < 16; ++k) row[k] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(x + k * x_pitch));
    // Each round puts rows k and k + 8 side by side, byte by byte: after four, byte r of row c is byte c of row r.
    HEDGE_UNROLL
    for (int round = 0; round < 4; ++round) {
      HEDGE_UNROLL
      for (int k = 0; k < 8; ++k) {
        next[2 * k] = _mm_unpacklo_epi8(row[k], row[k + 8]);
        next[2 * k + 1] = _mm_unpackhi_epi8(row[k], row[k + 8]);
      }
      HEDGE_UNROLL
      for (int k = 0; k < 16; ++k) row[k] = next[k];
    }
    HEDGE_UNROLL
    for (int k = 0; k < 16; ++k) _mm_storeu_si128(reinterpret_cast<__m128i*>(y + k * y_pitch), row[k]);
  }
};

}  // namespace

namespace hedge::kernel {

void transpose_u8_16x16_avx2(const TransposeParams& params, const TransposeArgs& args, Slice slice);
void transpose_u8_16x16_avx2(const TransposeParams& params, const TransposeArgs& args, Slice slice) {
  transpose_tiles<ByteTile>(params, static_cast<const uint8_t*>(args.x), static_cast<uint8_t*>(args.y), slice);
}

}  // namespace hedge::kernel
