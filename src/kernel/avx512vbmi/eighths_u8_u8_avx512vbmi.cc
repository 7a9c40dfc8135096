// Two rows of a picture to bytes, by weights that are eighths: 32 sums from 128 bytes, by one permutation.
#include "kernel/avx512/ints.h"
#include "kernel/picture_params.h"

namespace {

struct Words {
  using T = __m512i;
  static constexpr int64_t kCount = 32;

  static T along(const uint8_t* row, const hedge::kernel::EighthsVector& of) {
    const __m512i front = _mm512_loadu_si512(row + of.offset[0]), back = _mm512_loadu_si512(row + of.offset[1]);
    const __m512i pairs = _mm512_permutex2var_epi8(front, _mm512_load_si512(of.index), back);
    return _mm512_maddubs_epi16(pairs, _mm512_loadu_si512(of.weight));
  }
  static T set(int16_t x) { return _mm512_set1_epi16(x); }
  static T multiply(T a, T b) { return _mm512_mullo_epi16(a, b); }
  static T add(T a, T b) { return _mm512_add_epi16(a, b); }
  static void widen(T x, Ints::T* wide) {
    wide[0] = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(x));
    wide[1] = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(x, 1));
  }
};

}  // namespace

// The vector types come first: the algorithm is written on them.
#include "kernel/simd/eighths.h"

namespace hedge::kernel {

void eighths_u8_u8_avx512vbmi(const EighthsParams& params, const EighthsArgs& args, Slice slice);
void eighths_u8_u8_avx512vbmi(const EighthsParams& params, const EighthsArgs& args, Slice slice) {
  ::eighths(params, args, slice);
}

}  // namespace hedge::kernel
