// Movement of bytes, 64 at a time, by VPERMB.
#include <immintrin.h>
#include <stdint.h>

#include "kernel/params.h"

namespace {

struct Shuffler {
  using T = __m512i;
  static __mmask64 first(int64_t n) { return n >= 64 ? ~0ull : (1ull << n) - 1; }
  struct Window {
    T index;
    __mmask64 read, taken;
  };
  static Window window(const hedge::kernel::ShuffleWindow& from) {
    return {_mm512_load_si512(from.index), first(from.size), from.taken};
  }
  static T take(const Window& window, const uint8_t* x, const uint8_t*) {
    return _mm512_maskz_permutexvar_epi8(window.taken, window.index, _mm512_maskz_loadu_epi8(window.read, x));
  }
  static T both(T a, T b) { return _mm512_or_si512(a, b); }
  static void store(uint8_t* y, T x, int64_t n) {
    if (n == 64)
      _mm512_storeu_si512(y, x);
    else
      _mm512_mask_storeu_epi8(y, first(n), x);
  }
};

}  // namespace

// The vector type comes first: the algorithm is written on it.
#include "kernel/simd/shuffle.h"

namespace hedge::kernel {

void shuffle_u8_avx512vbmi(const ShuffleParams& params, const ShuffleArgs& args, Slice slice);
void shuffle_u8_avx512vbmi(const ShuffleParams& params, const ShuffleArgs& args, Slice slice) {
  ::shuffle(params, args, slice);
}

}  // namespace hedge::kernel
