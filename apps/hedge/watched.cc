#include "hedge/watched.h"

#include <algorithm>
#include <fstream>

#include "guard/watchdog.h"
#include "hedge/own_program.h"
#include "pipeline/safe_output.h"

namespace hedge::app {
namespace {

/// This command line, to be run again. By the program's path: a worker that is restarted after an update is the new
/// one.
base::Result<std::vector<std::string>> own_command() {
  std::vector<std::string> words{TRY(own_program())};
  std::ifstream file("/proc/self/cmdline");
  std::string word;
  std::getline(file, word, '\0');  // the name it was called by
  while (std::getline(file, word, '\0')) words.push_back(word);
  return words;
}

base::Result<int> watch(const pipeline::PipelineFile& file) {
  guard::Watchdog watchdog = TRY(guard::Watchdog::create(TRY(own_command()), file.safety->watchdog));
  std::vector<std::unique_ptr<pipeline::SafeOutput>> outputs;
  std::vector<guard::SafeSink*> sinks;
  for (act::ActuatorConfig& output : pipeline::safe_outputs(file)) {
    outputs.push_back(TRY(pipeline::SafeOutput::create(std::move(output))));
    sinks.push_back(outputs.back().get());
  }
  return watchdog.run(std::move(sinks));
}

}  // namespace

base::Result<int> run_watched(const pipeline::PipelineFile& file, const Check& check, const Worker& work) {
  const guard::SafetyConfig& safety = *file.safety;
  std::optional<guard::WorkerLink> link = TRY(guard::WorkerLink::from_environment(safety.unwatched));
  if (safety.isolate && !link) {
    TRY(check());
    return watch(file);
  }
  const std::unique_ptr<pipeline::Supervision> supervision =
      TRY(pipeline::Supervision::create(safety, file.deadline, std::move(link)));
  for (const guard::Grant& grant : guard::request_realtime(safety.realtime))
    fmt::print(stderr, "hedge: {}\n", guard::to_string(grant));
  base::Result<int> result = work(*supervision);
  // The first reason counts: this one only where the pipeline did not begin.
  if (!result) supervision->stop(guard::StopReason::kConfiguration);
  return result;
}

std::chrono::milliseconds beat_period(const guard::SafetyConfig& safety) {
  return std::max(std::chrono::milliseconds(1),
                  std::chrono::duration_cast<std::chrono::milliseconds>(safety.watchdog.safe.stall / 3));
}

std::string summary(const pipeline::Supervision& supervision, const pipeline::RunReport& report) {
  std::string text = supervision.over_budget();
  if (report.left_out > 0 || supervision.rung() != guard::Rung::kFull)
    text += fmt::format("degradation ladder at the end: {}; {} frames left out\n", guard::to_string(supervision.rung()),
                        report.left_out);
  return text;
}

}  // namespace hedge::app
