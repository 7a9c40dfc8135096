// Kernels one by one, on one thread, with the shapes of real networks. `--benchmark_filter=conv` chooses rows.
#include "kernel_bench.h"

#include <map>
#include <random>

#include <fmt/format.h>

#include "fma_peak.h"

namespace hedge::bench {
namespace {

double peak_of(kernel::IsaSet isa) {
  static std::map<std::uint32_t, double> measured;
  const auto [entry, fresh] = measured.try_emplace(isa.bits, 0.0);
  if (fresh) entry->second = fma_peak(isa);
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

void report_macs(benchmark::State& state, double macs_per_run, kernel::IsaSet isa) {
  using benchmark::Counter;
  const double total = macs_per_run * static_cast<double>(state.iterations());
  state.counters["GMAC/s"] = Counter(total / 1e9, Counter::kIsRate);
  if (const double peak = peak_of(isa); peak > 0)
    state.counters["%peak"] = Counter(100 * total / peak, Counter::kIsRate);
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
  hedge::bench::register_product();
  hedge::bench::register_pointwise();
  for (const auto isa : {hedge::kernel::Isa::kAvx512, hedge::kernel::Isa::kAvx2}) {
    hedge::kernel::IsaSet set;
    set.add(isa);
    if (hedge::kernel::detect_isa().contains(set))
      fmt::print("peak of one core, {}: {:.1f} GMAC/s FP32\n", to_string(set), hedge::bench::fma_peak(set) / 1e9);
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
