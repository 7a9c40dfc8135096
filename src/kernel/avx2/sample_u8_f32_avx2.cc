// A row of a picture resampled: two pixels for each half of a lane, wherever they lie, and two selections in the lanes.
#include "kernel/avx2/ints.h"
#include "kernel/picture_params.h"

namespace {

struct Source {
  __m256i bytes, index;

  Source(const uint8_t* row, const hedge::kernel::SampleVector& vector)
      : index(_mm256_load_si256(reinterpret_cast<const __m256i*>(vector.first))) {
    const int32_t* at = vector.offset;
    const auto lane = [&](int k) {
      int64_t low, high;
      __builtin_memcpy(&low, row + at[2 * k], 8);
      __builtin_memcpy(&high, row + at[2 * k + 1], 8);
      return _mm_set_epi64x(high, low);
    };
    bytes = _mm256_inserti128_si256(_mm256_castsi128_si256(lane(0)), lane(1), 1);
  }
  Ints::T first() const { return _mm256_shuffle_epi8(bytes, index); }
  Ints::T second() const { return _mm256_shuffle_epi8(bytes, _mm256_add_epi8(index, _mm256_set1_epi8(3))); }
};

}  // namespace

// The vector types come first: the algorithm is written on them.
#include "kernel/simd/sample.h"

namespace hedge::kernel {

void sample_u8_f32_avx2(const SampleParams& params, const SampleArgs& args, Slice slice);
void sample_u8_f32_avx2(const SampleParams& params, const SampleArgs& args, Slice slice) {
  ::sample(params, args, slice);
}

}  // namespace hedge::kernel
