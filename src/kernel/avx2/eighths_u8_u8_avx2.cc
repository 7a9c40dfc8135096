// Two rows of a picture to bytes, by weights that are eighths: sixteen sums, each four of them from 16 bytes.
#include "kernel/avx2/ints.h"
#include "kernel/picture_params.h"

namespace {

struct Words {
  using T = __m256i;
  static constexpr int64_t kCount = 16;

  static T along(const uint8_t* row, const hedge::kernel::EighthsVector& of) {
    const void* const even[2] = {row + of.offset[0], row + of.offset[2]};
    const void* const odd[2] = {row + of.offset[1], row + of.offset[3]};
    const auto* index = reinterpret_cast<const __m256i*>(of.index);
    const __m256i front = _mm256_shuffle_epi8(Ints::load_lanes(even), _mm256_load_si256(index));
    const __m256i back = _mm256_shuffle_epi8(Ints::load_lanes(odd), _mm256_load_si256(index + 1));
    const __m256i weights = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(of.weight));
    return _mm256_maddubs_epi16(_mm256_or_si256(front, back), weights);
  }
  static T set(int16_t x) { return _mm256_set1_epi16(x); }
  static T multiply(T a, T b) { return _mm256_mullo_epi16(a, b); }
  static T add(T a, T b) { return _mm256_add_epi16(a, b); }
  static void widen(T x, Ints::T* wide) {
    wide[0] = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(x));
    wide[1] = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(x, 1));
  }
};

}  // namespace

// The vector types come first: the algorithm is written on them.
#include "kernel/simd/eighths.h"

namespace hedge::kernel {

void eighths_u8_u8_avx2(const EighthsParams& params, const EighthsArgs& args, Slice slice);
void eighths_u8_u8_avx2(const EighthsParams& params, const EighthsArgs& args, Slice slice) {
  ::eighths(params, args, slice);
}

}  // namespace hedge::kernel
