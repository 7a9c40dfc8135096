// hedge verify: does this build on this machine answer as the one that passed the gate?
#include "engine/verify.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "hedge/command.h"

namespace hedge::app {
namespace {

using engine::CaseVerdict;
using engine::OutputVerdict;
using format::GoldenRule;

struct Options {
  std::string model;
  int threads = 1;
  bool json = false;
};

const char* to_string(GoldenRule rule) {
  switch (rule) {
    case GoldenRule::kExact: return "exact";
    case GoldenRule::kTolerance: return "tolerance";
    case GoldenRule::kRms: return "rms";
  }
  return "?";
}

nlohmann::ordered_json to_json(const OutputVerdict& verdict) {
  const auto number = [](double value) -> nlohmann::ordered_json {  // JSON has no infinity
    return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
  };
  return {{"output", verdict.name},
          {"holds", verdict.holds},
          {"rule", to_string(verdict.rule)},
          {"tolerance", verdict.tolerance},
          {"equal", verdict.bit_equal},
          {"relative_error", number(verdict.relative_error)},
          {"rms_error", number(verdict.rms_error)},
          {"differing", verdict.differing},
          {"compared", verdict.compared},
          {"elements", verdict.elements}};
}

nlohmann::ordered_json to_json(const std::string& model, const engine::VerifyReport& report) {
  nlohmann::ordered_json cases = nlohmann::ordered_json::array();
  for (const CaseVerdict& verdict : report.cases) {
    nlohmann::ordered_json outputs = nlohmann::ordered_json::array();
    for (const OutputVerdict& output : verdict.outputs) outputs.push_back(to_json(output));
    cases.push_back({{"case", verdict.label},
                     {"recorded_isa", kernel::to_string(verdict.recorded_isa)},
                     {"holds", verdict.holds()},
                     {"outputs", outputs}});
  }
  return {{"model", model}, {"holds", report.holds()}, {"cases", cases}};
}

std::string sentence(const OutputVerdict& verdict) {
  if (verdict.bit_equal) return "equal";
  std::string text =
      verdict.differing == 0
          ? fmt::format("{} values equal, another checksum of all {}", verdict.compared, verdict.elements)
          : fmt::format("{} of {} values differ, {} error {:.2e}", verdict.differing, verdict.compared,
                        verdict.rule == GoldenRule::kRms ? "rms" : "relative", verdict.error());
  return text + (verdict.rule == GoldenRule::kExact ? " (must be equal)"
                                                    : fmt::format(" (allowed {:.3g})", verdict.tolerance));
}

void print(const Options& options, const engine::VerifyReport& report) {
  int failed = 0, outputs = 0;
  for (const CaseVerdict& verdict : report.cases)
    for (const OutputVerdict& output : verdict.outputs) {
      fmt::print("{:<3} {:<16} {:<20} {}\n", output.holds ? "ok" : "NO", verdict.label, output.name, sentence(output));
      failed += output.holds ? 0 : 1;
      ++outputs;
    }
  if (failed == 0)
    fmt::print("{}: answers as recorded ({} golden vectors)\n", options.model, report.cases.size());
  else
    fmt::print("{}: does NOT answer as recorded with {} ({} of {} outputs)\n", options.model,
               kernel::to_string(report.cases[0].recorded_isa), failed, outputs);
}

base::Result<int> run(const Options& options) {
  const engine::VerifyReport report = TRY(engine::verify_file(options.model, {.threads = options.threads}));
  if (options.json)
    fmt::print("{}\n", to_json(options.model, report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  else
    print(options, report);
  return report.holds() ? kOk : kFailed;
}

}  // namespace

void add_verify(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_subcommand(root, "verify", "run the golden vectors of an engine file: does it answer as recorded?",
                     "hedge verify person.hedge        exit code 0: yes, 1: no, 5: nothing recorded, or another CPU");
  command->add_option("engine", options->model, "a .hedge engine file with golden vectors (hedge compile --golden)")
      ->required();
  command->add_option("--threads", options->threads, "threads of the engine")->capture_default_str();
  command->add_flag("--json", options->json, "machine-readable; an error of null is infinite");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
