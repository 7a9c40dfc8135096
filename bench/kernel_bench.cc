// Kernels one by one, on one thread, with the shapes of real networks. `--benchmark_filter=conv` chooses rows.
#include "kernel_bench.h"

#include <map>
#include <random>

#include <fmt/format.h>

#include "measure/peaks.h"

namespace hedge::bench {
namespace {

double peak_of(kernel::IsaSet isa, double (*measure)(kernel::IsaSet)) {
  static std::map<std::pair<std::uint32_t, double (*)(kernel::IsaSet)>, double> measured;
  const auto [entry, fresh] = measured.try_emplace({isa.bits, measure}, 0.0);
  if (fresh) entry->second = measure(isa);
  return entry->second;
}

}  // namespace

std::vector<float> random_floats(std::int64_t count) {
  std::minstd_rand generator(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = uniform(generator);
  return values;
}

std::vector<std::uint8_t> random_bytes(std::int64_t count) {
  std::minstd_rand generator(1);
  std::vector<std::uint8_t> values(static_cast<std::size_t>(count));
  for (std::uint8_t& value : values) value = static_cast<std::uint8_t>(generator() >> 8);
  return values;
}

void report_macs(benchmark::State& state, double macs_per_run, kernel::IsaSet isa) {
  using benchmark::Counter;
  const double total = macs_per_run * static_cast<double>(state.iterations());
  state.counters["GMAC/s"] = Counter(total / 1e9, Counter::kIsRate);
  if (const double peak = peak_of(isa, measure::fma_peak); peak > 0)
    state.counters["%peak"] = Counter(100 * total / peak, Counter::kIsRate);
}

void report_byte_macs(benchmark::State& state, double macs_per_run, double best_seconds, kernel::IsaSet isa) {
  state.counters["best_us"] = best_seconds * 1e6;
  state.counters["MAC/ns"] = macs_per_run / best_seconds / 1e9;
  if (const double peak = peak_of(isa, measure::byte_peak); peak > 0)
    state.counters["%peak"] = 100 * macs_per_run / best_seconds / peak;
}

void report_bytes(benchmark::State& state, double bytes_per_run) {
  using benchmark::Counter;
  state.counters["GB/s"] = Counter(bytes_per_run * static_cast<double>(state.iterations()) / 1e9, Counter::kIsRate);
}

}  // namespace hedge::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  hedge::bench::register_conv();
  hedge::bench::register_qconv();
  hedge::bench::register_product();
  hedge::bench::register_pointwise();
  hedge::bench::register_qpointwise();
  using hedge::kernel::Isa;
  for (const auto& [name, isa, bytes] : {std::tuple{"avx512", Isa::kAvx512, false},
                                         {"avx2", Isa::kAvx2, false},
                                         {"avx512vnni", Isa::kAvx512Vnni, true},
                                         {"avxvnni", Isa::kAvxVnni, true},
                                         {"avx2", Isa::kAvx2, true}}) {
    hedge::kernel::IsaSet set;
    set.add(isa);
    if (!hedge::kernel::detect_isa().contains(set)) continue;
    const double peak = bytes ? hedge::measure::byte_peak(set) : hedge::measure::fma_peak(set);
    fmt::print("peak of one core, {}: {:.1f} GMAC/s {}\n", name, peak / 1e9, bytes ? "INT8" : "FP32");
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
