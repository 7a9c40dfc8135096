// hedge bench: the latency of one inference: typical, worst, cold, after a pause, and by threads.
#include <algorithm>
#include <chrono>
#include <thread>

#include <nlohmann/json.hpp>

#include "base/affinity.h"
#include "hedge/bench_swap.h"
#include "hedge/bench_worker.h"
#include "hedge/memory_report.h"
#include "hedge/model_options.h"
#include "hedge/random_inputs.h"
#include "measure/latency.h"

namespace hedge::app {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;
using Milliseconds = std::chrono::duration<double, std::milli>;

struct Options {
  ModelOptions model;
  double seconds = 3;
  std::optional<double> swap;  ///< seconds between two engines
  bool json = false, sparse = false, sweep = false, worker = false;
};

/// A camera at ten frames a second: between two calls caches cool, threads sleep and clocks drop.
constexpr std::chrono::milliseconds kSparsePause{100};
constexpr int kWarmUpRuns = 5, kBuckets = 16, kBarWidth = 48;
constexpr std::size_t kRunsMin = 10;

struct Measured {
  int threads;
  double build_ms, first_ms;  ///< to a ready engine; of the first call, with nothing in the caches
  std::vector<double> times;  ///< milliseconds
  engine::MemoryReport memory;
  std::optional<program::Repacked> repacked;
};

base::Result<Measured> measure(const ModelOptions& model, const Options& options) {
  const auto begin = Clock::now();
  engine::Engine engine = TRY(open_engine(model));
  TRY(pin_caller(model));
  Measured measured{.threads = engine.threads(),
                    .build_ms = Milliseconds(Clock::now() - begin).count(),
                    .times = {},
                    .memory = {},
                    .repacked = {}};
  if (engine.repacked() != nullptr) measured.repacked = *engine.repacked();
  fill_inputs(engine);
  const auto timed = [&]() -> base::Result<double> {
    const auto start = Clock::now();
    TRY(engine.run());
    return Milliseconds(Clock::now() - start).count();
  };
  measured.first_ms = TRY(timed());
  for (int k = 0; k < kWarmUpRuns && !options.sparse; ++k) TRY(engine.run());
  const auto start = Clock::now();
  while (std::chrono::duration<double>(Clock::now() - start).count() < options.seconds ||
         measured.times.size() < kRunsMin) {
    if (options.sparse) std::this_thread::sleep_for(kSparsePause);
    measured.times.push_back(TRY(timed()));
  }
  measured.memory = engine.memory();
  return measured;
}

Json to_json(const Measured& measured) {
  const measure::Latency latency = measure::latency_of(measured.times);
  Json histogram = Json::array();
  for (const measure::Bucket& bucket : measure::histogram(measured.times, kBuckets))
    histogram.push_back({{"from_ms", bucket.from}, {"to_ms", bucket.to}, {"count", bucket.count}});
  Json json = {{"threads", measured.threads},   {"memory", memory_json(measured.memory)},
               {"runs", latency.count},         {"build_ms", measured.build_ms},
               {"first_ms", measured.first_ms}, {"min_ms", latency.min},
               {"p50_ms", latency.p50},         {"p90_ms", latency.p90},
               {"p99_ms", latency.p99},         {"p999_ms", latency.p999},
               {"max_ms", latency.max},         {"mean_ms", latency.mean},
               {"histogram", histogram}};
  if (measured.repacked) json["repacked"] = program::to_string(*measured.repacked);
  return json;
}

void print(const std::string& model, const Measured& measured, const Options& options) {
  if (measured.repacked) fmt::print("{}\n", program::to_string(*measured.repacked));
  const measure::Latency latency = measure::latency_of(measured.times);
  fmt::print("{}: {} thread(s), {} {}calls\n", model, measured.threads, latency.count, options.sparse ? "sparse " : "");
  fmt::print("ready in {:.1f} ms, first call {:.3f} ms\n", measured.build_ms, measured.first_ms);
  fmt::print("memory: {}\n", describe(measured.memory));
  fmt::print("p50 {:.3f} ms, p90 {:.3f}, p99 {:.3f}, p99.9 {:.3f}, max {:.3f}, min {:.3f}\n", latency.p50, latency.p90,
             latency.p99, latency.p999, latency.max, latency.min);
  fmt::print("{}", measure::draw(measure::histogram(measured.times, kBuckets), kBarWidth));
}

void print_sweep(const std::string& model, std::span<const Measured> rows) {
  if (rows[0].repacked) fmt::print("{}\n", program::to_string(*rows[0].repacked));
  fmt::print("{}\n{:>7} {:>10} {:>10} {:>10} {:>8}\n", model, "threads", "p50 ms", "p99 ms", "max ms", "speedup");
  const double one = measure::latency_of(rows[0].times).p50;
  for (const Measured& row : rows) {
    const measure::Latency latency = measure::latency_of(row.times);
    fmt::print("{:>7} {:>10.3f} {:>10.3f} {:>10.3f} {:>7.2f}x\n", row.threads, latency.p50, latency.p99, latency.max,
               one / latency.p50);
  }
}

base::Result<int> run_swaps(const Options& options) {
  if (options.sparse || options.sweep)
    return base::fail(base::ErrorKind::kUsage,
                      "--swap measures one number of threads without pauses: drop --sparse and --sweep");
  const SwapTimes times = TRY(measure_swaps(options.model, options.seconds, *options.swap));
  const measure::Latency all = measure::latency_of(times.all), first = measure::latency_of(times.first);
  if (options.json) {
    const auto json = [](const measure::Latency& latency) {
      return Json{{"runs", latency.count},
                  {"p50_ms", latency.p50},
                  {"p99_ms", latency.p99},
                  {"p999_ms", latency.p999},
                  {"max_ms", latency.max}};
    };
    fmt::print("{}\n", Json{{"model", options.model.model},
                            {"swaps", times.swaps},
                            {"load_ms", times.load_ms},
                            {"all", json(all)},
                            {"first", json(first)}}
                           .dump());
    return kOk;
  }
  fmt::print("{}: {} calls on {} thread(s), {} engines swapped in, each loaded beside them in {:.1f} ms\n",
             options.model.model, all.count, options.model.engine.threads, times.swaps, times.load_ms);
  for (const auto& [what, latency] : {std::pair("all calls", all), std::pair("a new engine's first", first)})
    fmt::print("{:<21} p50 {:.3f} ms, p90 {:.3f}, p99 {:.3f}, p99.9 {:.3f}, max {:.3f}\n", what, latency.p50,
               latency.p90, latency.p99, latency.p999, latency.max);
  return kOk;
}

base::Result<int> run(const Options& options) {
  if (options.worker) return run_bench_worker(options.model);
  if (options.swap) return run_swaps(options);
  ModelOptions model = options.model;
  std::vector<Measured> rows;
  const int last = options.model.engine.threads;  // a bad number is for the engine to refuse
  for (int threads = options.sweep ? std::min(1, last) : last; threads <= last; ++threads) {
    model.engine.threads = threads;
    const std::vector<int> cores = base::usable_cores();
    rows.push_back(TRY(measure(model, options)));
    (void)base::keep_this_thread_on(cores);  // --pin: the next engine's threads start from where they may run
  }
  if (options.json) {
    Json list = Json::array();
    for (const Measured& row : rows) list.push_back(to_json(row));
    Json report = {{"model", model.model}, {"sparse", options.sparse}};
    report.update(options.sweep ? Json{{"sweep", list}} : list[0]);
    fmt::print("{}\n", report.dump());
  } else if (options.sweep) {
    print_sweep(model.model, rows);
  } else {
    print(model.model, rows[0], options);
  }
  return kOk;
}

}  // namespace

void add_bench(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(root, "bench", "measure the latency of one inference",
                                     "hedge bench model.onnx --threads 4 --sweep");
  add_model_options(*command, options->model, true);
  add_placement_options(*command, options->model);
  command->add_option("--seconds", options->seconds, "how long")->check(CLI::NonNegativeNumber)->capture_default_str();
  command->add_flag("--sparse", options->sparse, "one call every 100 ms, as a slow camera calls");
  command->add_flag("--sweep", options->sweep, "with 1 thread, 2, ... up to --threads");
  command
      ->add_option(
          "--swap", options->swap,
          "put a fresh load of the engine in its place every so many seconds, as a new model reaches a device; "
          "best with .hedge")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", options->json, "machine-readable");
  command->add_flag("--worker", options->worker)->group("");  // for bench/peers: not in --help
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
