// A row of a picture resampled by windows, four pixels a vector.
#include "kernel/avx512/ints.h"
#include "kernel/picture_params.h"

namespace {

struct Lanes {
  static constexpr int kPixels = 4;
  using Bytes = __m512i;
  const int32_t* offset;
  __m512i index;

  Lanes(const hedge::kernel::SmoothVector& vector, int)
      : offset(vector.offset), index(_mm512_load_si512(vector.index)) {}
  Bytes load(const uint8_t* row) const {
    const void* const at[4] = {row + offset[0], row + offset[1], row + offset[2], row + offset[3]};
    return Ints::load_lanes(at);
  }
  Vec::T pixels(Bytes bytes, int tap) const {
    const __m512i moved = _mm512_add_epi8(index, _mm512_set1_epi8(static_cast<int8_t>(3 * tap)));
    return Ints::to_floats(_mm512_shuffle_epi8(bytes, moved));
  }
  Vec::T weights(const float* of_four) const {
    const __m512i mine = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
    return _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_loadu_ps(of_four)), mine);
  }
  Vec::Lanes closed_up() const { return _mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15); }
};

}  // namespace

// The vector types come first: the algorithm is written on them.
#include "kernel/simd/smooth.h"

namespace hedge::kernel {

void smooth_u8_f32_avx512(const SmoothParams& params, const SampleArgs& args, Slice slice);
void smooth_u8_f32_avx512(const SmoothParams& params, const SampleArgs& args, Slice slice) {
  ::smooth(params, args, slice);
}

}  // namespace hedge::kernel
