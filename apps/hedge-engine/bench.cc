// hedge-engine bench: the latency of one inference on this device.
#include <chrono>

#include <fmt/format.h>

#include "hedge-engine/command.h"
#include "measure/latency.h"

namespace hedge::app {

base::Result<int> run_bench(const Arguments& arguments) {
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  constexpr double kSecondsMax = 3600;
  constexpr int kWarmUpRuns = 5;
  constexpr std::size_t kRunsMin = 10;
  const double seconds = TRY(arguments.number("--seconds", 3, 0, kSecondsMax));
  engine::Engine engine = TRY(open_engine(arguments));
  fill_inputs(engine);
  for (int k = 0; k < kWarmUpRuns; ++k) TRY(engine.run());
  std::vector<double> times;
  const auto begin = Clock::now();
  while (std::chrono::duration<double>(Clock::now() - begin).count() < seconds || times.size() < kRunsMin) {
    const auto start = Clock::now();
    TRY(engine.run());
    times.push_back(Milliseconds(Clock::now() - start).count());
  }
  const measure::Latency latency = measure::latency_of(std::move(times));
  fmt::print("{}: {} thread(s), {} calls: p50 {:.3f} ms, p90 {:.3f}, p99 {:.3f}, max {:.3f}\n", arguments.engine(),
             engine.threads(), latency.count, latency.p50, latency.p90, latency.p99, latency.max);
  return kOk;
}

}  // namespace hedge::app
