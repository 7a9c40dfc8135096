// hedge replay: the decisions of a log again, on the same frames, bit by bit.
#include <nlohmann/json.hpp>

#include "hedge/recorded_run.h"
#include "pipeline/replay.h"

namespace hedge::app {
namespace {

struct Options {
  std::string log, source, model;
  pipeline::ReplayOptions replay;
  bool json = false;
};

void print_json(const format::LogRun& run, const pipeline::ReplayReport& report) {
  nlohmann::ordered_json json = {{"run", run.run_id},
                                 {"isa_recorded", run.isa},
                                 {"frames", report.frames},
                                 {"divergences", report.diverged},
                                 {"without_memory", report.without_memory},
                                 {"missing", report.missing},
                                 {"remarks", report.remarks}};
  if (report.first)
    json["first"] = {{"frame", report.first_frame}, {"stage", report.first->stage}, {"values", report.first->values}};
  fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print(const pipeline::ReplayReport& report) {
  for (const std::string& remark : report.remarks) fmt::print("{}\n", remark);
  if (report.first)
    fmt::print("first divergence: frame {}, {}: {}\n", report.first_frame, report.first->stage, report.first->values);
  if (report.missing > 0) fmt::print("{} frames without a picture\n", report.missing);
  fmt::print("{} frames, {} divergences", report.frames, report.diverged);
  if (report.without_memory > 0)
    fmt::print(" ({} of them up to the detections and numbers only)", report.without_memory);
  fmt::print("\n");
}

base::Result<int> replay(const Options& options) {
  const format::LogParts parts = TRY(format::find_run(options.log));
  format::RunReader log = TRY(format::RunReader::open(parts));
  pipeline::Runner runner = TRY(rebuild(log.run(), options.model));
  pipeline::FrameFinder frames(parts.directory, log.run(), options.source);
  const pipeline::ReplayReport report = TRY(pipeline::replay(log, parts.begins, runner, frames, options.replay));
  if (options.json)
    print_json(log.run(), report);
  else
    print(report);
  if (report.frames == 0)
    return base::fail(base::ErrorKind::kInvalid, "{}: no frame of the log could be replayed", options.log);
  return report.diverged == 0 ? kOk : kFailed;
}

}  // namespace

void add_replay(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_subcommand(root, "replay", "decide on the frames of a decision log again, and compare bit by bit",
                     "hedge run examples/vehicle.toml --every-frame --log log\n"
                     "  HEDGE_ISA=avx2 hedge replay log");
  command->add_option("log", options->log, "the log's directory (its newest run) or one of its .hlog files (its run)")
      ->required();
  command->add_option("--source", options->source, "where the run's source lies now");
  command->add_option("--model", options->model, "where the run's model lies now; its bytes must be the same");
  command->add_option("--from", options->replay.from,
                      "index of the first frame that is compared; those before are run");
  command->add_option("--to", options->replay.to, "index of the last one")->default_str("the end");
  command->add_flag("--json", options->json, "machine-readable");
  command->callback([options, &chosen] { chosen = [options] { return replay(*options); }; });
}

}  // namespace hedge::app
