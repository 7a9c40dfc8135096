// hedge bench: latency of one inference, and where it goes.
#include <algorithm>
#include <chrono>
#include <map>
#include <random>

#include <nlohmann/json.hpp>

#include "hedge/model_options.h"

namespace hedge::app {
namespace {

struct Options {
  ModelOptions model;
  double seconds = 3;
  bool profile = false, json = false;
};

void fill_inputs(engine::Engine& engine) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(0, 1);
  for (std::size_t k = 0; k < engine.inputs().size(); ++k) {
    const tensor::TensorView view = engine.input(static_cast<int>(k));
    if (view.dtype() == tensor::DType::kF32)
      for (float& value : view.as<float>()) value = uniform(random);
  }
}

base::Result<int> run(const Options& options) {
  using Clock = std::chrono::steady_clock;
  engine::Engine engine = TRY(open_engine(options.model));
  fill_inputs(engine);
  for (int k = 0; k < 5; ++k) TRY(engine.run());
  std::vector<double> times;
  std::vector<engine::StepTime> steps(engine.program().steps.size());
  std::vector<double> totals(steps.size(), 0);
  const auto begin = Clock::now();
  while (std::chrono::duration<double>(Clock::now() - begin).count() < options.seconds || times.size() < 10) {
    const auto start = Clock::now();
    if (options.profile)
      TRY(engine.run_timed(steps));
    else
      TRY(engine.run());
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    for (std::size_t k = 0; k < steps.size() && options.profile; ++k)
      totals[k] += static_cast<double>(steps[k].nanoseconds) * 1e-6;
  }
  std::ranges::sort(times);
  const auto at = [&](double share) {
    return times[std::min(times.size() - 1, static_cast<std::size_t>(share * static_cast<double>(times.size())))];
  };
  if (options.json) {
    const nlohmann::ordered_json report = {{"model", options.model.model},
                                           {"threads", engine.threads()},
                                           {"runs", times.size()},
                                           {"p50_ms", at(0.5)},
                                           {"p90_ms", at(0.9)},
                                           {"p99_ms", at(0.99)},
                                           {"min_ms", times[0]}};
    fmt::print("{}\n", report.dump());
  } else {
    fmt::print("{}: p50 {:.3f} ms, p90 {:.3f}, p99 {:.3f}, min {:.3f} over {} runs on {} thread(s)\n",
               options.model.model, at(0.5), at(0.9), at(0.99), times[0], times.size(), engine.threads());
  }
  if (!options.profile) return kOk;
  std::vector<std::size_t> order(totals.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return totals[a] > totals[b]; });
  double all = 0;
  for (const double total : totals) all += total;
  for (std::size_t k = 0; k < std::min<std::size_t>(20, order.size()); ++k) {
    const program::Step& step = engine.program().steps[order[k]];
    fmt::print("{:>6.2f} % {:>8.4f} ms  {:<36} {} {}\n", 100 * totals[order[k]] / all,
               totals[order[k]] / static_cast<double>(times.size()), step.kernel, step.op, step.label);
  }
  return kOk;
}

}  // namespace

void add_bench(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(root, "bench", "measure the latency of one inference",
                                     "hedge bench model.onnx --threads 2 --profile");
  add_model_options(*command, options->model, true);
  command->add_option("--seconds", options->seconds, "how long")->capture_default_str();
  command->add_flag("--profile", options->profile, "the twenty costliest steps");
  command->add_flag("--json", options->json, "machine-readable");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
