// A model, or a pipeline file, on a source, ready to run: what `hedge run` does and `hedge latency-report` measures.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "hedge/model_options.h"
#include "pipeline/decision_recorder.h"
#include "pipeline/pipeline_file.h"
#include "pipeline/runner.h"
#include "pipeline/supervision.h"

namespace hedge::app {

struct PipelineOptions {
  ModelOptions model;  ///< or a pipeline file, which stands for a model and many of the options
  std::string card, source, track;
  std::string log;  ///< directory of the decision log; goes before [log] of the file
  bool every_frame = false, realtime = false, loop = false;
  std::optional<bool> isolate;  ///< [safety] under a watchdog; none: as the file says
  double fps = 0, stall_seconds = 5;
};

/// Declares them, but for the pacing of files: --every-frame, --realtime and --loop are the command's to offer.
void add_pipeline_options(CLI::App& command, PipelineOptions& options);

/// A pipeline file stands for a model and many options; what `options` say already goes before it. None where they name
/// a model.
base::Result<std::optional<pipeline::PipelineFile>> read_pipeline_file(PipelineOptions& options);

struct OpenPipeline {
  pipeline::Card card;
  std::unique_ptr<media::Source> source;
  std::unique_ptr<pipeline::DecisionRecorder> decisions;  ///< null without a log; finish it after the run
  pipeline::Runner runner;
};

/// Opens everything, and says on standard error what memory was refused. Cheap mistakes are found before camera and
/// engine are opened. The source ends when `stop` turns true; `supervision` may be null; both outlive the result.
base::Result<OpenPipeline> open_pipeline(const PipelineOptions& options,
                                         const std::optional<pipeline::PipelineFile>& file,
                                         pipeline::Supervision* supervision, const std::atomic<bool>& stop);

}  // namespace hedge::app
