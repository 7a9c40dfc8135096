// The life of a frame: source -> preprocess -> infer -> decode -> sinks, one frame at a time, with a clock at each
// step.
#pragma once

#include <memory>
#include <span>

#include "engine/engine.h"
#include "media/source.h"
#include "pipeline/card.h"
#include "pipeline/decoder.h"
#include "pipeline/preprocess.h"
#include "pipeline/reaction.h"
#include "pipeline/sink.h"
#include "pipeline/track_stage.h"

namespace hedge::pipeline {

struct RunLimits {
  std::int64_t frames_max = 0;  ///< stop after this many decided frames; 0: at the end of the source
};

struct RunReport {
  std::int64_t frames = 0;   ///< decided on
  std::int64_t dropped = 0;  ///< captured, replaced by a newer one
  std::int64_t detections = 0;
  std::int64_t misses = 0;  ///< acted on later than the deadline
  int tracked = 0;          ///< different things seen long enough to count
  double seconds = 0;
  StageStatistics statistics;
};

class Runner {
 public:
  /// Checks that the card fits the engine's input and outputs; a misfit is kInvalid.
  static base::Result<Runner> create(engine::Engine engine, Card card, const track::TrackerOptions& tracking = {});

  /// From now on rules decide and actuators act. Later than `deadline` after the capture is a miss.
  void react_with(std::unique_ptr<Reaction> reaction, std::chrono::nanoseconds deadline) {
    reaction_ = std::move(reaction);
    deadline_ = deadline;
  }
  const Reaction* reaction() const { return reaction_.get(); }

  /// One frame: writes the engine's input, runs it, decodes, tracks. Nothing is allocated once the vectors have grown
  /// and while frames keep their size. Fills the first stages of `times`, kDecode and all without a reaction.
  base::Status process(const media::Frame& frame, Prediction& prediction, StageTimes& times);

  /// Until the source ends, an error, or the limit. Every sink is finished in each case; the first error is returned.
  base::Status run(media::Source& source, std::span<const std::unique_ptr<Sink>> sinks, const RunLimits& limits,
                   RunReport& report);

 private:
  Runner(engine::Engine engine, Card card, Preprocessor preprocessor, std::unique_ptr<Decoder> decoder,
         const track::TrackerOptions& tracking);
  void react(const media::Frame& frame, const Prediction& prediction, std::int64_t dropped, StageTimes& times,
             RunReport& report);
  base::Status loop(media::Source& source, std::span<const std::unique_ptr<Sink>> sinks, const RunLimits& limits,
                    RunReport& report);

  engine::Engine engine_;
  Card card_;
  int input_ = 0;
  Preprocessor preprocessor_;
  std::unique_ptr<Decoder> decoder_;
  TrackStage tracking_;
  std::unique_ptr<Reaction> reaction_;  ///< or null
  std::chrono::nanoseconds deadline_{0}, last_latency_{0};
  std::vector<tensor::ConstTensorView> outputs_;
};

}  // namespace hedge::pipeline
