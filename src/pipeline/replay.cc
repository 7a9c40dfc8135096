#include "pipeline/replay.h"

#include "pipeline/log_frame.h"

namespace hedge::pipeline {
namespace {

/// Notes the input tensor before the engine runs over it.
class InputHash final : public FrameObserver {
 public:
  void on_input(const tensor::TensorView& input) override { hash = hash_of_tensor(input); }
  void on_decided(const DecidedFrame&) override {}
  std::uint64_t hash = 0;
};

class Replay {
 public:
  Replay(Runner& runner, FrameFinder& frames, const ReplayOptions& options, bool log_begins)
      : runner_(runner), frames_(frames), options_(options) {
    runner_.observe_with(&input_);
    if (!log_begins) forget("the log's first part is gone");
  }
  ~Replay() { runner_.observe_with(nullptr); }

  base::Status take(const format::LogFrame& recorded) {
    const auto frame = TRY(frames_.find(recorded));
    if (!frame) {
      ++report.missing;
      forget(fmt::format("the picture of frame {} was not recorded", recorded.index));
      return {};
    }
    runner_.give_up({.tracker_light = recorded.tracker_light, .small_engine = recorded.small_engine});
    TRY(decide(*frame, recorded));
    if (recorded.index < options_.from || recorded.index > options_.to) return {};
    ++report.frames;
    if (!remembers_) ++report.without_memory;
    const auto divergence = compare(recorded, now_, {.with_memory = remembers_});
    if (!divergence) return {};
    ++report.diverged;
    if (report.first) return {};
    report.first = divergence;
    report.first_frame = recorded.index;
    return {};
  }

  /// From here on tracker and rules remember something else than they did then.
  void forget(const std::string& reason) {
    if (!std::exchange(remembers_, false)) return;
    report.remarks.push_back(reason + ": from there on tracks, verdict and actuators are not compared");
  }

  ReplayReport report;

 private:
  base::Status decide(const media::Frame& frame, const format::LogFrame& recorded) {
    StageTimes times{};
    TRY(runner_.process(frame, prediction_, times));
    log_identity(frame, now_);
    now_.picture_hash = hash_of_picture(frame);
    now_.input_hash = input_.hash;
    now_.output_hash = hash_of_outputs(runner_.outputs());
    log_prediction(prediction_, now_);
    if (Reaction* reaction = runner_.reaction()) {
      (void)reaction->decide(frame, prediction_, {.brightness = sample_of(frame).mean(), .recorded = recorded.numbers});
      reaction->settle();
      log_reaction(*reaction, now_);
    }
    return {};
  }

  Runner& runner_;
  FrameFinder& frames_;
  const ReplayOptions options_;
  InputHash input_;
  Prediction prediction_;
  format::LogFrame now_;
  bool remembers_ = true;
};

}  // namespace

base::Result<ReplayReport> replay(format::RunReader& log, bool log_begins, Runner& runner, FrameFinder& frames,
                                  const ReplayOptions& options) {
  Replay replay(runner, frames, options, log_begins);
  bool ended = false;
  while (const auto record = TRY(log.next())) {
    if (const auto* frame = std::get_if<format::LogFrame>(&*record)) {
      if (frame->index > options.to) break;
      TRY(replay.take(*frame));
    } else if (const auto* gap = std::get_if<format::LogGap>(&*record)) {
      replay.forget(gap->frames < 0 ? std::string("a part of the log is gone")
                                    : fmt::format("{} frames between {} and {} are not in the log", gap->frames,
                                                  gap->first_index, gap->last_index));
    } else if (const auto* note = std::get_if<format::LogNote>(&*record)) {
      replay.report.remarks.push_back(note->text);
    } else if (std::holds_alternative<format::LogEnd>(*record)) {
      ended = true;
    }
  }
  for (const std::string& damage : log.damages()) replay.report.remarks.push_back(damage);
  if (!ended && options.to == INT64_MAX) replay.report.remarks.emplace_back("the run was cut off: the log has no end");
  return std::move(replay.report);
}

}  // namespace hedge::pipeline
