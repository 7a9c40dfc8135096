// Sixteen floats in a ZMM register. Included only by files built with AVX-512 (cmake: kernel/avx512).
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace {

struct Vec {
  using T = __m512;
  static constexpr int64_t kWidth = 16;
  static constexpr int kTileRows =
      12;  ///< rows x columns of the product's register tile: 24 accumulators of 32 registers
  static constexpr int kTileVectors = 2;  ///< vectors side by side: 32 columns
  static constexpr int kRowVectors = 8;   ///< for a single row: enough chains to hide the FMA's latency

  static T zero() { return _mm512_setzero_ps(); }
  static T set(float x) { return _mm512_set1_ps(x); }
  static T load(const float* p) { return _mm512_loadu_ps(p); }
  static __mmask16 mask(int64_t n) { return n >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << n) - 1); }
  /// The first n lanes; the others 0. Never touches memory beyond them.
  static T load_some(const float* p, int64_t n) { return _mm512_maskz_loadu_ps(mask(n), p); }
  static void store(float* p, T x) { _mm512_storeu_ps(p, x); }
  static void store_some(float* p, T x, int64_t n) { _mm512_mask_storeu_ps(p, mask(n), x); }
  static T fma(T a, T b, T c) { return _mm512_fmadd_ps(a, b, c); }
  static T add(T a, T b) { return _mm512_add_ps(a, b); }
  static T sub(T a, T b) { return _mm512_sub_ps(a, b); }
  static T mul(T a, T b) { return _mm512_mul_ps(a, b); }
  static T div(T a, T b) { return _mm512_div_ps(a, b); }
  static T min(T a, T b) { return _mm512_min_ps(a, b); }
  static T max(T a, T b) { return _mm512_max_ps(a, b); }
  static T sqrt(T x) { return _mm512_sqrt_ps(x); }
  static T abs(T x) { return _mm512_abs_ps(x); }
  static T round(T x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  /// x * 2^n for integral n.
  static T times_power_of_two(T x, T n) { return _mm512_scalef_ps(x, n); }
  static T select_less(T a, T b, T yes, T no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), no, yes);
  }
  /// Each lane from the lane that `lanes` names for it.
  using Lanes = __m512i;
  static Lanes lanes(const int32_t (&from)[kWidth]) { return _mm512_loadu_si512(from); }
  static T from_lanes(T x, Lanes lanes) { return _mm512_permutexvar_ps(lanes, x); }
  /// Halves upon halves, as AVX2 adds its last eight: the same bits.
  static float sum(T x) {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
    __m128 some = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    some = _mm_add_ps(some, _mm_movehl_ps(some, some));
    return _mm_cvtss_f32(_mm_add_ss(some, _mm_movehdup_ps(some)));
  }
  static float largest(T x) { return _mm512_reduce_max_ps(x); }
};

}  // namespace
