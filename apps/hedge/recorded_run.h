// A run as the decision log describes it: how it is written down when it begins, and how the same pipeline is built
// again.
#pragma once

#include <optional>
#include <string>

#include "format/decision_log.h"
#include "hedge/model_options.h"
#include "media/source.h"
#include "pipeline/pipeline_file.h"
#include "pipeline/runner.h"

namespace hedge::app {

/// Where a path leads, whatever the current directory will be.
std::string absolute(const std::string& path);

struct RunningPipeline {
  const ModelOptions& model;
  const pipeline::Card& card;
  const pipeline::PipelineFile* file;  ///< or null
  std::string track_file;              ///< of --track; or empty
  std::string model_sha256;
  std::string onnx_sha256;                     ///< of the model that an engine file was compiled from
  const pipeline::Card* small_card = nullptr;  ///< of the ladder's smaller engine, or null
  std::string source_name;
  const media::Source& source;
  bool source_loops;
};
base::Result<format::LogRun> describe(const RunningPipeline& running);

/// The pipeline file of the run, without what opens anything; nothing where it ran without one.
base::Result<std::optional<pipeline::PipelineFile>> recorded_file(const format::LogRun& run);
/// Its rules.
base::Result<rules::Rules> recorded_rules(const format::LogRun& run, const pipeline::PipelineFile& file);

/// The whole pipeline, with an inert reaction. `model`: where the model lies now; empty: where it lay. kInvalid where
/// its bytes are not the recorded ones.
base::Result<pipeline::Runner> rebuild(const format::LogRun& run, const std::string& model);

}  // namespace hedge::app
