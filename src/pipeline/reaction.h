// From tracks to actions: rules decide, actuators act, the recorder keeps what a trigger asks for. One call a frame, on
// the frame's thread; it neither allocates nor waits, whatever brokers, disks and encoders do.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "act/actuator.h"
#include "capture/recorder.h"
#include "media/frame.h"
#include "pipeline/card.h"
#include "pipeline/pipeline_file.h"
#include "pipeline/prediction.h"

namespace hedge::pipeline {

struct ReactionOptions {
  capture::Provenance provenance;
  double frames_per_second = 30;                ///< nominal
  bool every_frame = false;                     ///< files: no frame may be missing in a recording
  bool inert = false;                           ///< a replay: no actuator is opened and nothing is kept
  std::function<void(const std::string&)> log;  ///< one line for people; from any thread
};

/// What the frame's thread knows besides the picture and the tracks.
struct FrameFacts {
  std::chrono::nanoseconds latency{0};  ///< capture to actuation of the frame before; 0: there was none
  std::int64_t dropped = 0;             ///< frames since the start
  std::int64_t misses = 0;              ///< deadlines since the start
  double brightness = 0;                ///< mean of the picture's bytes
  double thermal_c = 0;                 ///< NaN: not known
  /// Of a second model, and how much earlier than this frame the one was taken that it is about; NaN: not known.
  double disagreement = std::numeric_limits<double>::quiet_NaN();
  double disagreement_age_ms = std::numeric_limits<double>::quiet_NaN();
  /// Of a replay: the numbers that were seen then. What clocks, queues and sensors gave is taken from there, what
  /// follows from the frame is computed anew.
  std::span<const double> recorded = {};
};

class Reaction {
 public:
  /// Opens actuators and spool. A peer that is not there is no error, a file that cannot be opened is. `overruler`:
  /// asked about everything that is sent, or null; outlives the reaction.
  /// `rules`: rules_of(file, the card's labels).
  static base::Result<std::unique_ptr<Reaction>> create(const PipelineFile& file, rules::Rules rules, const Card& card,
                                                        ReactionOptions options,
                                                        const act::Overruler* overruler = nullptr);

  /// The verdict on this frame; valid until the next call.
  const rules::Verdict& decide(const media::Frame& frame, const Prediction& prediction, const FrameFacts& facts);
  /// The state of each actuator that follows from the verdict; act() does it too.
  void settle();
  /// Hands these states to the actuators. `decided`: when decide() returned.
  void act(const media::Frame& frame, media::Clock::time_point decided);
  /// Hands the frame to the recorder.
  void keep(const media::Frame& frame, const Prediction& prediction);

  /// Closes actuators, writes the events that are open. The first error.
  base::Status finish();

  const rules::Rules& rules() const { return rules_; }
  const rules::Verdict& verdict() const { return *verdict_; }
  const std::vector<std::unique_ptr<act::Actuator>>& actuators() const { return actuators_; }
  const std::vector<double>& numbers() const { return numbers_; }  ///< of this frame, by rules::FrameNumber
  /// What is wanted of an actuator, by its place in the file.
  struct Output {
    std::vector<int> rules;  ///< that ask for it
    act::State state = act::State::kOff;
    int turned_on_by = -1;  ///< the rule that did so last
  };
  const std::vector<Output>& outputs() const { return outputs_; }
  const capture::Recorder* recorder() const { return recorder_.get(); }  ///< null without [capture]

 private:
  Reaction(rules::Rules rules, Card card, const PipelineFile& file);
  void measure(const media::Frame& frame, const Prediction& prediction, const FrameFacts& facts);

  rules::Rules rules_;
  Card card_;
  std::vector<std::unique_ptr<act::Actuator>> actuators_;
  std::vector<Output> outputs_;  ///< of actuators_
  std::vector<act::RuleName> rule_names_;
  std::unique_ptr<capture::Recorder> recorder_;
  std::size_t first_trigger_ = 0;  ///< among the rules
  std::unique_ptr<bool[]> triggers_on_;
  std::vector<capture::SeenTrack> seen_tracks_;
  std::vector<capture::SeenNumber> seen_numbers_;
  double audit_rate_ = 0;
  std::uint64_t audit_seed_ = 1;
  std::vector<double> numbers_;  ///< by rules::FrameNumber
  media::Clock::time_point last_captured_{};
  double frames_per_second_ = 0;
  const rules::Verdict* verdict_ = nullptr;
};

}  // namespace hedge::pipeline
