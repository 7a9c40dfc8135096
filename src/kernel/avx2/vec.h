// Eight floats in a YMM register. Included only by files built with AVX2 and FMA (cmake: kernel/avx2).
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace {

struct Vec {
  using T = __m256;
  static constexpr int64_t kWidth = 8;
  static constexpr int kTileRows = 6;     ///< 12 accumulators of 16 registers
  static constexpr int kTileVectors = 2;  ///< 16 columns: one panel
  static constexpr int kRowVectors = 8;

  static T zero() { return _mm256_setzero_ps(); }
  static T set(float x) { return _mm256_set1_ps(x); }
  static T load(const float* p) { return _mm256_loadu_ps(p); }
  static __m256i mask(int64_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n < 8 ? n : 8)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  // A masked access is slow on several processors, and whole vectors are the rule.
  static T load_some(const float* p, int64_t n) { return n >= kWidth ? load(p) : _mm256_maskload_ps(p, mask(n)); }
  static void store(float* p, T x) { _mm256_storeu_ps(p, x); }
  static void store_some(float* p, T x, int64_t n) {
    if (n >= kWidth)
      store(p, x);
    else
      _mm256_maskstore_ps(p, mask(n), x);
  }
  static T fma(T a, T b, T c) { return _mm256_fmadd_ps(a, b, c); }
  static T add(T a, T b) { return _mm256_add_ps(a, b); }
  static T sub(T a, T b) { return _mm256_sub_ps(a, b); }
  static T mul(T a, T b) { return _mm256_mul_ps(a, b); }
  static T div(T a, T b) { return _mm256_div_ps(a, b); }
  static T min(T a, T b) { return _mm256_min_ps(a, b); }
  static T max(T a, T b) { return _mm256_max_ps(a, b); }
  static T sqrt(T x) { return _mm256_sqrt_ps(x); }
  static T abs(T x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x); }
  static T round(T x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  /// x * 2^n for integral n in [-126, 128]; the last by way of 2^127, which is as far as one float reaches.
  static T times_power_of_two(T x, T n) {
    const T low = min(set(127.0f), n);
    const __m256i bits = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(low), _mm256_set1_epi32(127)), 23);
    return mul(mul(x, add(sub(n, low), set(1.0f))), _mm256_castsi256_ps(bits));
  }
  static T select_less(T a, T b, T yes, T no) { return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
  /// Each lane from the lane that `lanes` names for it.
  using Lanes = __m256i;
  static Lanes lanes(const int32_t (&from)[kWidth]) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }
  static T from_lanes(T x, Lanes lanes) { return _mm256_permutevar8x32_ps(x, lanes); }
  static float sum(T x) {
    __m128 some = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    some = _mm_add_ps(some, _mm_movehl_ps(some, some));
    return _mm_cvtss_f32(_mm_add_ss(some, _mm_movehdup_ps(some)));
  }
  static float largest(T x) {
    __m128 some = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    some = _mm_max_ps(some, _mm_movehl_ps(some, some));
    return _mm_cvtss_f32(_mm_max_ss(some, _mm_movehdup_ps(some)));
  }
};

}  // namespace
