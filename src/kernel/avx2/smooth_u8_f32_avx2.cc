// A row of a picture resampled by windows, two pixels a vector.
#include "kernel/avx2/ints.h"
#include "kernel/picture_params.h"

namespace {

struct Lanes {
  static constexpr int kPixels = 2;
  using Bytes = __m256i;
  const int32_t* offset;
  __m256i index, mine;

  Lanes(const hedge::kernel::SmoothVector& vector, int first)
      : offset(vector.offset + first),
        index(_mm256_load_si256(reinterpret_cast<const __m256i*>(vector.index + 16 * first))),
        mine(_mm256_add_epi32(_mm256_set1_epi32(first), _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1))) {}
  Bytes load(const uint8_t* row) const {
    const void* const at[2] = {row + offset[0], row + offset[1]};
    return Ints::load_lanes(at);
  }
  Vec::T pixels(Bytes bytes, int tap) const {
    const __m256i moved = _mm256_add_epi8(index, _mm256_set1_epi8(static_cast<int8_t>(3 * tap)));
    return Ints::to_floats(_mm256_shuffle_epi8(bytes, moved));
  }
  Vec::T weights(const float* of_four) const {
    return _mm256_permutevar_ps(_mm256_broadcast_ps(reinterpret_cast<const __m128*>(of_four)), mine);
  }
  Vec::Lanes closed_up() const { return _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7); }
};

}  // namespace

// The vector types come first: the algorithm is written on them.
#include "kernel/simd/smooth.h"

namespace hedge::kernel {

void smooth_u8_f32_avx2(const SmoothParams& params, const SampleArgs& args, Slice slice);
void smooth_u8_f32_avx2(const SmoothParams& params, const SampleArgs& args, Slice slice) {
  ::smooth(params, args, slice);
}

}  // namespace hedge::kernel
