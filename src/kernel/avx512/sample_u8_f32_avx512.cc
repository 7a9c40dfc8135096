// A row of a picture resampled: two pixels for each half of a lane, wherever they lie, and two selections in the lanes.
#include "kernel/avx512/ints.h"
#include "kernel/picture_params.h"

namespace {

struct Source {
  __m512i bytes, index;

  Source(const uint8_t* row, const hedge::kernel::SampleVector& vector) : index(_mm512_load_si512(vector.first)) {
    const int32_t* at = vector.offset;
    const auto lane = [&](int k) {
      int64_t low, high;
      __builtin_memcpy(&low, row + at[2 * k], 8);
      __builtin_memcpy(&high, row + at[2 * k + 1], 8);
      return _mm_set_epi64x(high, low);
    };
    const __m256i front = _mm256_inserti128_si256(_mm256_castsi128_si256(lane(0)), lane(1), 1);
    const __m256i back = _mm256_inserti128_si256(_mm256_castsi128_si256(lane(2)), lane(3), 1);
    bytes = _mm512_inserti64x4(_mm512_castsi256_si512(front), back, 1);
  }
  Ints::T first() const { return _mm512_shuffle_epi8(bytes, index); }
  Ints::T second() const { return _mm512_shuffle_epi8(bytes, _mm512_add_epi8(index, _mm512_set1_epi8(3))); }
};

}  // namespace

// The vector types come first: the algorithm is written on them.
#include "kernel/simd/sample.h"

namespace hedge::kernel {

void sample_u8_f32_avx512(const SampleParams& params, const SampleArgs& args, Slice slice);
void sample_u8_f32_avx512(const SampleParams& params, const SampleArgs& args, Slice slice) {
  ::sample(params, args, slice);
}

}  // namespace hedge::kernel
