// What watching costs: the questions asked of each frame, and the heartbeat.
#include <vector>

#include <benchmark/benchmark.h>

#include "guard/check_finite.h"
#include "guard/frame_monitor.h"
#include "guard/noisy_picture.h"
#include "guard/worker_link.h"

namespace hedge::guard {
namespace {

void BM_sample_picture(benchmark::State& state) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  const NoisyPicture picture(width, height, 100);
  for (auto _ : state)
    benchmark::DoNotOptimize(sample_picture(picture.pixels().data(), 3 * width, height, 3 * width, 24));
}
BENCHMARK(BM_sample_picture)->Args({768, 576})->Args({1920, 1080});

void BM_check_finite(benchmark::State& state) {
  const std::vector<float> values(static_cast<std::size_t>(state.range(0)), 1.0F);
  for (auto _ : state) benchmark::DoNotOptimize(check_finite(values));
}
BENCHMARK(BM_check_finite)->Arg(10'000)->Arg(100'000);

void BM_heartbeat(benchmark::State& state) {
  auto memory = HeartbeatMemory::create();
  WorkerLink link(*HeartbeatMemory::attach(memory->descriptor()), std::chrono::seconds(1));
  for (auto _ : state) {
    link.frame({}, 0);
    benchmark::DoNotOptimize(memory->read());
    benchmark::DoNotOptimize(link.permission());
  }
}
BENCHMARK(BM_heartbeat);

}  // namespace
}  // namespace hedge::guard

BENCHMARK_MAIN();
