// A pipeline file (TOML): what to run on which source, what to look at, when to act, what to keep. Each section is read
// by the component that owns it; docs/formats/pipeline.md is the schema.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "act/config.h"
#include "base/result.h"
#include "capture/config.h"
#include "guard/safety_config.h"
#include "pipeline/log_config.h"
#include "pipeline/second_opinion_config.h"
#include "rules/rules.h"
#include "track/options.h"

namespace hedge::pipeline {

struct PipelineFile {
  std::string file;      ///< as given, for errors
  std::string document;  ///< its text: rules are read once the card has named the classes
  std::string name;
  std::filesystem::path model, card;  ///< relative to the file; no card: the one beside the model
  std::string source;                 ///< as for `hedge run --source`; a path is relative to the file
  int threads = 1;
  bool realtime = false;                   ///< files: paced as a camera would
  bool loop = false;                       ///< files: again and again
  double fps = 0;                          ///< files: as if taken at this rate; 0: as they say
  std::chrono::milliseconds deadline{50};  ///< capture to actuation; later is a miss
  track::TrackerOptions tracking;
  std::vector<act::ActuatorConfig> actuators;
  std::optional<capture::CaptureConfig> capture;
  std::optional<LogConfig> log;
  std::optional<SecondOpinionConfig> second_opinion;  ///< paths relative to the file
  std::optional<guard::SafetyConfig> safety;          ///< its engine is relative to the file
};

/// Everything but the rules, which need the model's classes. The first problem is one line with file and line.
base::Result<PipelineFile> load_pipeline_file(const std::filesystem::path& path);

/// The same from the text that a decision log kept: nothing will be sent, so of the actuators only the names are read,
/// and no file of theirs (a password) has to be there; [safety] is left aside. `path`: where the text stood.
base::Result<PipelineFile> recorded_pipeline_file(std::string document, const std::filesystem::path& path);

/// The actuators that the watchdog puts into SAFE.
std::vector<act::ActuatorConfig> safe_outputs(const PipelineFile& file);

/// The rules of the file, and behind them one for each [[trigger]], named "trigger.NAME": one language, one memory.
/// `labels`: the classes by number.
base::Result<rules::Rules> rules_of(const PipelineFile& file, const std::vector<std::string>& labels);

inline constexpr std::string_view kTriggerPrefix = "trigger.";

}  // namespace hedge::pipeline
