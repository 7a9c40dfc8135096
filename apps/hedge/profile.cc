// hedge profile: where the time of an inference goes, step by step, against what this CPU can do at most.
#include <chrono>
#include <map>

#include <nlohmann/json.hpp>

#include "hedge/memory_report.h"
#include "hedge/model_options.h"
#include "hedge/random_inputs.h"
#include "measure/latency.h"
#include "measure/peaks.h"
#include "program/step_cost.h"

namespace hedge::app {
namespace {

using Json = nlohmann::ordered_json;
using program::StepCost;

struct Options {
  ModelOptions model;
  double seconds = 2;
  int top = 0;
  bool json = false;
};

struct Row {
  const program::Step* step;
  StepCost cost;
  double us;       ///< median
  double percent;  ///< of the peak, of as many cores as threads; 0 without MACs
};

double rate(double amount, double us) { return us > 0 ? amount / us / 1e3 : 0; }  ///< in 10^9 a second

/// Medians of each step, over as many runs as fit: a run that was disturbed disturbs no median.
base::Result<std::vector<double>> step_medians(engine::Engine& engine, double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kRunsMin = 5, kRunsMax = 2000;
  std::vector<engine::StepTime> times(engine.program().steps.size());
  std::vector<std::vector<double>> microseconds(times.size());
  for (int k = 0; k < 3; ++k) TRY(engine.run());
  const auto begin = Clock::now();
  for (std::size_t runs = 0; runs < kRunsMax; ++runs) {
    if (runs >= kRunsMin && std::chrono::duration<double>(Clock::now() - begin).count() >= seconds) break;
    TRY(engine.run_timed(times));
    for (std::size_t k = 0; k < times.size(); ++k)
      microseconds[k].push_back(static_cast<double>(times[k].nanoseconds) / 1e3);
  }
  std::vector<double> medians;
  for (auto& list : microseconds) medians.push_back(measure::latency_of(std::move(list)).p50);
  return medians;
}

std::vector<Row> make_rows(const engine::Engine& engine, std::span<const double> medians, const measure::Peaks& peaks) {
  std::vector<Row> rows;
  const program::Program& program = engine.program();
  for (std::size_t k = 0; k < medians.size(); ++k) {
    const StepCost cost = program::step_cost(program, program.steps[k]);
    const double peak = (cost.integer_products ? peaks.int8_macs : peaks.fp32_macs) * engine.threads();
    const double macs = rate(static_cast<double>(cost.macs), medians[k]) * 1e9;
    rows.push_back({&program.steps[k], cost, medians[k], peak > 0 ? 100 * macs / peak : 0});
  }
  return rows;
}

struct Sum {
  std::string name;
  double us = 0;
  std::int64_t macs = 0, bytes = 0, steps = 0;
  void add(const Row& row) {
    us += row.us;
    macs += row.cost.macs;
    bytes += row.cost.bytes;
    ++steps;
  }
};

/// The costliest family first.
std::vector<Sum> sum_families(std::span<const Row> rows) {
  std::map<std::string, Sum> families;
  for (const Row& row : rows) {
    Sum& sum = families[program::kernel_family(*row.step)];
    sum.name = program::kernel_family(*row.step);
    sum.add(row);
  }
  std::vector<Sum> list;
  for (auto& [name, sum] : families) list.push_back(std::move(sum));
  std::ranges::sort(list, std::greater{}, &Sum::us);
  return list;
}

struct Totals {
  Sum all, floats;
  double least_us = 0;  ///< the same MACs at the peak
};

Totals sum_all(std::span<const Row> rows) {
  Totals totals;
  for (const Row& row : rows) {
    totals.all.add(row);
    if (row.cost.is_float) totals.floats.add(row);
    totals.least_us += row.us * row.percent / 100;
  }
  return totals;
}

double share(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

void print(const Options& options, const engine::Engine& engine, std::vector<Row> rows, const measure::Peaks& peaks) {
  const Totals totals = sum_all(rows);
  const double all = totals.all.us;
  fmt::print("{}: {} steps on {} thread(s); peak of a core: INT8 {:.1f}, FP32 {:.1f} GMAC/s, {:.1f} GB/s\n",
             options.model.model, rows.size(), engine.threads(), peaks.int8_macs / 1e9, peaks.fp32_macs / 1e9,
             peaks.read_bytes / 1e9);
  const auto families = sum_families(rows);
  if (options.top > 0) {
    std::ranges::sort(rows, std::greater{}, &Row::us);
    rows.resize(std::min(rows.size(), static_cast<std::size_t>(options.top)));
  }
  fmt::print("{:>9} {:>6} {:>9} {:>7} {:>6} {:>8} {:>6}  {:<38} operator\n", "us", "time%", "MMAC", "GMAC/s", "peak%",
             "KB", "", "kernel");
  for (const Row& row : rows) {
    const double macs = static_cast<double>(row.cost.macs);
    fmt::print("{:>9.2f} {:>6.2f} {:>9.3f} {:>7.1f} {:>6.1f} {:>8.1f} {:>6}  {:<38} {} {}\n", row.us,
               share(row.us, all), macs / 1e6, rate(macs, row.us), row.percent,
               static_cast<double>(row.cost.bytes) / 1e3, row.cost.is_float ? "float" : "", row.step->kernel,
               row.step->op, row.step->label);
  }
  fmt::print("\n{:<38} {:>6} {:>9} {:>6} {:>9} {:>7}\n", "family", "steps", "us", "time%", "MMAC", "GMAC/s");
  for (const Sum& family : families)
    fmt::print("{:<38} {:>6} {:>9.2f} {:>6.2f} {:>9.3f} {:>7.1f}\n", family.name, family.steps, family.us,
               share(family.us, all), static_cast<double>(family.macs) / 1e6,
               rate(static_cast<double>(family.macs), family.us));
  fmt::print("total {:.1f} us, {:.3f} MMAC, {:.1f} % of the peak; on floats {} steps, {:.1f} us ({:.1f} %)\n", all,
             static_cast<double>(totals.all.macs) / 1e6, share(totals.least_us, all), totals.floats.steps,
             totals.floats.us, share(totals.floats.us, all));
}

void print_json(const Options& options, const engine::Engine& engine, std::span<const Row> rows,
                const measure::Peaks& peaks) {
  const Totals totals = sum_all(rows);
  Json steps = Json::array(), families = Json::array();
  for (const Row& row : rows)
    steps.push_back({{"label", row.step->label},
                     {"op", row.step->op},
                     {"kernel", row.step->kernel},
                     {"us", row.us},
                     {"macs", row.cost.macs},
                     {"peak_percent", row.percent},
                     {"bytes", row.cost.bytes},
                     {"float", row.cost.is_float}});
  for (const Sum& family : sum_families(rows))
    families.push_back({{"family", family.name}, {"steps", family.steps}, {"us", family.us}, {"macs", family.macs}});
  fmt::print("{}\n", Json{{"model", options.model.model},
                          {"threads", engine.threads()},
                          {"peaks",
                           {{"int8_gmacs", peaks.int8_macs / 1e9},
                            {"fp32_gmacs", peaks.fp32_macs / 1e9},
                            {"read_gbytes", peaks.read_bytes / 1e9}}},
                          {"us", totals.all.us},
                          {"macs", totals.all.macs},
                          {"peak_percent", share(totals.least_us, totals.all.us)},
                          {"float_us", totals.floats.us},
                          {"families", families},
                          {"steps", steps}}
                         .dump());
}

base::Result<int> run(const Options& options) {
  engine::Engine engine = TRY(open_engine(options.model));
  TRY(pin_caller(options.model));
  warn_of_refusals(engine.memory(), options.model.engine.memory);
  fill_inputs(engine);
  const measure::Peaks peaks = measure::measure_peaks(TRY(kernel::usable_isa()));
  const std::vector<double> medians = TRY(step_medians(engine, options.seconds));
  const std::vector<Row> rows = make_rows(engine, medians, peaks);
  if (options.json)
    print_json(options, engine, rows, peaks);
  else
    print(options, engine, rows, peaks);
  return kOk;
}

}  // namespace

void add_profile(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(root, "profile", "time each step and hold it against this CPU's peak",
                                     "hedge profile model.qdq.onnx --top 20");
  add_model_options(*command, options->model, true);
  add_placement_options(*command, options->model);
  command->add_option("--seconds", options->seconds, "how long")->check(CLI::NonNegativeNumber)->capture_default_str();
  command->add_option("--top", options->top, "only the costliest steps, costliest first; 0: all, in order")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_flag("--json", options->json, "machine-readable");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
