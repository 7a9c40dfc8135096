// Movement of bytes, 16 at a time, by VPSHUFB.
#include <immintrin.h>
#include <stdint.h>

#include "kernel/params.h"

namespace {

struct Shuffler {
  using T = __m128i;
  struct Window {
    T index;
    int64_t size;
  };
  static Window window(const hedge::kernel::ShuffleWindow& from) {
    return {_mm_load_si128(reinterpret_cast<const __m128i*>(from.index)), from.size};
  }
  static T take(const Window& window, const uint8_t* x, const uint8_t* end) {
    if (end - x >= 16) return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)), window.index);
    alignas(16) uint8_t bytes[16] = {};
    for (int64_t k = 0; k < window.size; ++k) bytes[k] = x[k];
    return _mm_shuffle_epi8(_mm_load_si128(reinterpret_cast<const __m128i*>(bytes)), window.index);
  }
  static T both(T a, T b) { return _mm_or_si128(a, b); }
  static void store(uint8_t* y, T x, int64_t n) {
    if (n == 16) return _mm_storeu_si128(reinterpret_cast<__m128i*>(y), x);
    alignas(16) uint8_t bytes[16];
    _mm_store_si128(reinterpret_cast<__m128i*>(bytes), x);
    for (int64_t k = 0; k < n; ++k) y[k] = bytes[k];
  }
};

}  // namespace

// The vector type comes first: the algorithm is written on it.
#include "kernel/simd/shuffle.h"

namespace hedge::kernel {

void shuffle_u8_avx2(const ShuffleParams& params, const ShuffleArgs& args, Slice slice);
void shuffle_u8_avx2(const ShuffleParams& params, const ShuffleArgs& args, Slice slice) {
  ::shuffle(params, args, slice);
}

}  // namespace hedge::kernel
