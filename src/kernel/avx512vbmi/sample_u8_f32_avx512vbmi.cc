// A row of a picture resampled: the 64 bytes that hold a vector's sources, and two permutations of them.
#include "kernel/avx512/ints.h"
#include "kernel/picture_params.h"

namespace {

struct Source {
  __m512i bytes, index;

  Source(const uint8_t* row, const hedge::kernel::SampleVector& vector)
      : bytes(_mm512_loadu_si512(row + vector.offset[0])), index(_mm512_load_si512(vector.first)) {}
  static constexpr __mmask64 kLowest = 0x1111111111111111;  ///< byte of each integer
  Ints::T first() const { return _mm512_maskz_permutexvar_epi8(kLowest, index, bytes); }
  Ints::T second() const {
    return _mm512_maskz_permutexvar_epi8(kLowest, _mm512_add_epi8(index, _mm512_set1_epi8(3)), bytes);
  }
};

}  // namespace

// The vector types come first: the algorithm is written on them.
#include "kernel/simd/sample.h"

namespace hedge::kernel {

void sample_u8_f32_avx512vbmi(const SampleParams& params, const SampleArgs& args, Slice slice);
void sample_u8_f32_avx512vbmi(const SampleParams& params, const SampleArgs& args, Slice slice) {
  ::sample(params, args, slice);
}

}  // namespace hedge::kernel
