#include "fma_peak.h"

#include <algorithm>
#include <chrono>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hedge::bench {
namespace {

constexpr long kRounds = 1 << 16;

#if defined(__x86_64__)
// Twelve independent chains: more than latency (4) times units (2), fewer than registers.
__attribute__((target("avx512f"), noinline)) float spin_avx512() {
  __m512 sum[12];
  for (auto& s : sum) s = _mm512_set1_ps(1.0f);
  __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(0.001f);
  for (long k = 0; k < kRounds; ++k) {
    for (auto& s : sum) s = _mm512_fmadd_ps(s, x, y);
    asm volatile("" : "+v"(x), "+v"(y));  // keeps the loop from being folded
  }
  for (const auto& s : sum) x = _mm512_add_ps(x, s);
  return _mm512_cvtss_f32(x);
}

__attribute__((target("avx2,fma"), noinline)) float spin_avx2() {
  __m256 sum[12];
  for (auto& s : sum) s = _mm256_set1_ps(1.0f);
  __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(0.001f);
  for (long k = 0; k < kRounds; ++k) {
    for (auto& s : sum) s = _mm256_fmadd_ps(s, x, y);
    asm volatile("" : "+x"(x), "+x"(y));
  }
  for (const auto& s : sum) x = _mm256_add_ps(x, s);
  return _mm256_cvtss_f32(x);
}
#endif

}  // namespace

double fma_peak([[maybe_unused]] kernel::IsaSet isa) {
#if defined(__x86_64__)
  const bool wide = isa.has(kernel::Isa::kAvx512);
  if (!wide && !isa.has(kernel::Isa::kAvx2)) return 0;
  using Clock = std::chrono::steady_clock;
  volatile float sink = 0;
  double best = 0;
  for (int round = 0; round < 100; ++round) {  // the best of many: what the clock allows when nothing disturbs
    const auto begin = Clock::now();
    sink = sink + (wide ? spin_avx512() : spin_avx2());
    const std::chrono::duration<double> seconds = Clock::now() - begin;
    best = std::max(best, 12.0 * (wide ? 16 : 8) * kRounds / seconds.count());
  }
  return best;
#else
  return 0;
#endif
}

}  // namespace hedge::bench
