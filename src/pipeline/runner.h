// The life of a frame: source -> preprocess -> infer -> decode -> sinks, one frame at a time, with a clock at each
// step.
#pragma once

#include <memory>
#include <span>

#include "media/source.h"
#include "pipeline/frame_observer.h"
#include "pipeline/network.h"
#include "pipeline/reaction.h"
#include "pipeline/second_opinion.h"
#include "pipeline/sink.h"
#include "pipeline/supervision.h"
#include "pipeline/track_stage.h"

namespace hedge::pipeline {

struct RunLimits {
  std::int64_t frames_max = 0;  ///< stop after this many decided frames; 0: at the end of the source
};

struct RunReport {
  std::int64_t frames = 0;    ///< decided on
  std::int64_t dropped = 0;   ///< captured, replaced by a newer one
  std::int64_t left_out = 0;  ///< by the degradation ladder
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
  Reaction* reaction() { return reaction_.get(); }
  /// From now on it sees every frame. Borrowed.
  void observe_with(FrameObserver* observer) { observer_ = observer; }
  /// From now on another model is asked about some of the frames, for the reaction's numbers.
  void ask_too(std::unique_ptr<SecondOpinion> other) { second_ = std::move(other); }
  const SecondOpinion* second_opinion() const { return second_.get(); }
  /// The network of the ladder's rung `engine`; its task and labels must be those of the first one (else kInvalid).
  base::Status add_small(Network small);
  /// Of a replay: what the ladder had given up when a frame was decided on.
  void give_up(const GivenUp& given_up) { given_up_ = given_up; }

  /// From now on pictures, answers and deadlines are looked at by `supervision`, which outlives the runner. `small`:
  /// the network of the ladder's rung `engine`, whose labels must be those of the first one (else kInvalid).
  base::Status supervise_with(Supervision& supervision, std::optional<Network> small);

  /// One frame: writes the engine's input, runs it, decodes, tracks. Nothing is allocated once the vectors have grown
  /// and while frames keep their size. Fills `times` up to kTrack, and kDecision and kActuation, which a reaction moves
  /// on.
  base::Status process(const media::Frame& frame, Prediction& prediction, StageTimes& times);
  /// The model's outputs of the last frame.
  std::span<const tensor::ConstTensorView> outputs() const {
    return small_answered_ ? small_->outputs : network_.outputs;
  }

  /// Until the source ends, an error, or the limit. Every sink is finished in each case; the first error is returned.
  base::Status run(media::Source& source, std::span<const std::unique_ptr<Sink>> sinks, const RunLimits& limits,
                   RunReport& report);

 private:
  Runner(Network network, const track::TrackerOptions& tracking);
  /// What the ladder takes away at present.
  GivenUp given_up() const;
  void beat() {
    if (supervision_ != nullptr) supervision_->beat();
  }
  /// What the pipeline knows of a frame besides the picture and the tracks.
  FrameFacts facts_of(const media::Frame& frame, const guard::PictureSample& sample, std::int64_t dropped,
                      const RunReport& report);
  void react(const media::Frame& frame, const Prediction& prediction, const FrameFacts& facts, StageTimes& times,
             RunReport& report);
  base::Status loop(media::Source& source, std::span<const std::unique_ptr<Sink>> sinks, const RunLimits& limits,
                    RunReport& report);

  Network network_;
  std::optional<Network> small_;
  TrackStage tracking_;
  Supervision* supervision_ = nullptr;     ///< or null
  std::unique_ptr<Reaction> reaction_;     ///< or null
  std::unique_ptr<SecondOpinion> second_;  ///< or null
  FrameObserver* observer_ = nullptr;      ///< or null
  GivenUp given_up_;                       ///< without a supervision
  bool small_answered_ = false;            ///< in the last frame
  std::chrono::nanoseconds deadline_{0}, last_latency_{0};
};

}  // namespace hedge::pipeline
