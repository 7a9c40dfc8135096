#include "measure/peaks.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hedge::measure {
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

__attribute__((target("avx512f,avx512vnni"), noinline)) float spin_vnni() {
  __m512i sum[12] = {};
  __m512i x = _mm512_set1_epi8(3), y = _mm512_set1_epi8(5);
  for (long k = 0; k < kRounds; ++k) {
    for (auto& s : sum) s = _mm512_dpbusd_epi32(s, x, y);
    asm volatile("" : "+v"(x), "+v"(y));
  }
  for (const auto& s : sum) x = _mm512_add_epi32(x, s);
  return static_cast<float>(_mm512_cvtsi512_si32(x));
}

__attribute__((target("avx2,avxvnni"), noinline)) float spin_avxvnni() {
  __m256i sum[12] = {};
  __m256i x = _mm256_set1_epi8(3), y = _mm256_set1_epi8(5);
  for (long k = 0; k < kRounds; ++k) {
    for (auto& s : sum) s = _mm256_dpbusd_avx_epi32(s, x, y);
    asm volatile("" : "+x"(x), "+x"(y));
  }
  for (const auto& s : sum) x = _mm256_add_epi32(x, s);
  return static_cast<float>(_mm256_extract_epi32(x, 0));
}

__attribute__((target("avx2"), noinline)) float spin_madd() {
  __m256i sum[12] = {};
  __m256i x = _mm256_set1_epi16(3), y = _mm256_set1_epi16(5);
  for (long k = 0; k < kRounds; ++k) {
    for (auto& s : sum) {
      s = _mm256_add_epi32(s, _mm256_madd_epi16(x, y));
      asm volatile("" : "+x"(x));  // or one product would do for all
    }
    asm volatile("" : "+x"(x), "+x"(y));
  }
  for (const auto& s : sum) x = _mm256_add_epi32(x, s);
  return static_cast<float>(_mm256_extract_epi32(x, 0));
}

/// The best of many rounds: what the clock allows when nothing disturbs.
double best_rate(float (*spin)(), double per_round) {
  using Clock = std::chrono::steady_clock;
  volatile float sink = 0;
  double best = 0;
  for (int round = 0; round < 100; ++round) {
    const auto begin = Clock::now();
    sink = sink + spin();
    const std::chrono::duration<double> seconds = Clock::now() - begin;
    best = std::max(best, per_round * kRounds / seconds.count());
  }
  return best;
}
#endif

}  // namespace

double fma_peak([[maybe_unused]] kernel::IsaSet isa) {
#if defined(__x86_64__)
  if (isa.has(kernel::Isa::kAvx512)) return best_rate(spin_avx512, 12 * 16);
  if (isa.has(kernel::Isa::kAvx2)) return best_rate(spin_avx2, 12 * 8);
#endif
  return 0;
}

double byte_peak([[maybe_unused]] kernel::IsaSet isa) {
#if defined(__x86_64__)
  if (isa.has(kernel::Isa::kAvx512Vnni)) return best_rate(spin_vnni, 12 * 64);
  if (isa.has(kernel::Isa::kAvxVnni)) return best_rate(spin_avxvnni, 12 * 32);
  if (isa.has(kernel::Isa::kAvx2)) return best_rate(spin_madd, 12 * 16);
#endif
  return 0;
}

double read_bandwidth() {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kWords = std::size_t{16} << 20;  // 128 MiB: beyond the last-level cache of an edge machine
  std::vector<std::uint64_t> words(kWords, 1);
  volatile std::uint64_t sink = 0;
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    const auto begin = Clock::now();
    sink = sink + std::reduce(words.begin(), words.end());
    const std::chrono::duration<double> seconds = Clock::now() - begin;
    best = std::max(best, static_cast<double>(kWords * sizeof(std::uint64_t)) / seconds.count());
  }
  return best;
}

Peaks measure_peaks(kernel::IsaSet isa) {
  return {.fp32_macs = fma_peak(isa), .int8_macs = byte_peak(isa), .read_bytes = read_bandwidth()};
}

}  // namespace hedge::measure
