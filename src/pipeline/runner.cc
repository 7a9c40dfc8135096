#include "pipeline/runner.h"

#include <algorithm>
#include <limits>

#include "pipeline/draw.h"
#include "pipeline/draw_reaction.h"

namespace hedge::pipeline {

using base::Status;
using media::Clock;

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Runner::Runner(Network network, const track::TrackerOptions& tracking)
    : network_(std::move(network)), tracking_(tracking, network_.card.output.score_threshold) {}

base::Result<Runner> Runner::create(engine::Engine engine, Card card, const track::TrackerOptions& tracking) {
  return Runner(TRY(Network::create(std::move(engine), std::move(card), tracking)), tracking);
}

Status Runner::supervise_with(Supervision& supervision, std::optional<Network> small) {
  if (small) TRY(add_small(std::move(*small)));
  supervision_ = &supervision;
  return {};
}

Status Runner::add_small(Network small) {
  if (small.card.task != network_.card.task || small.card.output.labels != network_.card.output.labels)
    return base::fail(base::ErrorKind::kInvalid,
                      "the small engine's card must have the task and the labels of the model's: the rules name them");
  small_ = std::move(small);
  return {};
}

GivenUp Runner::given_up() const {
  if (supervision_ == nullptr) return given_up_;
  return {.tracker_light = supervision_->gives_up(guard::Rung::kTrackerLight),
          .small_engine = supervision_->gives_up(guard::Rung::kSmallEngine)};
}

Status Runner::process(const media::Frame& frame, Prediction& prediction, StageTimes& times) {
  const GivenUp given_up = this->given_up();
  small_answered_ = given_up.small_engine && small_;
  Network& network = small_answered_ ? *small_ : network_;
  const auto begin = Clock::now();
  const ImageMapping mapping = network.preprocessor.run(frame, network.input);
  if (observer_ != nullptr) observer_->on_input(network.input);
  const auto preprocessed = Clock::now();
  beat();
  TRY(network.engine.run());
  const auto inferred = Clock::now();
  for (std::size_t k = 0; k < network.outputs.size(); ++k)
    network.outputs[k] = network.engine.output(static_cast<int>(k));
  if (supervision_ != nullptr) supervision_->answered(network.outputs);
  beat();
  prediction.clear();
  network.decoder->decode(network.outputs, mapping, prediction);
  const auto decoded = Clock::now();
  if (network.card.task == Task::kDetection) tracking_.run(frame, prediction, given_up.tracker_light);
  const auto tracked = Clock::now();
  const auto set = [&](Stage stage, Clock::duration time) { times[static_cast<int>(stage)] = time; };
  set(Stage::kWait, begin - frame.captured);
  set(Stage::kPreprocess, preprocessed - begin);
  set(Stage::kInfer, inferred - preprocessed);
  set(Stage::kDecode, decoded - inferred);
  set(Stage::kTrack, tracked - decoded);
  set(Stage::kDecision, tracked - frame.captured);
  set(Stage::kActuation, tracked - frame.captured);
  return {};
}

Status Runner::run(media::Source& source, std::span<const std::unique_ptr<Sink>> sinks, const RunLimits& limits,
                   RunReport& report) {
  const auto begin = Clock::now();
  Status status = loop(source, sinks, limits, report);
  // From here on the watchdog, not the actuators' end, answers for the outputs.
  if (supervision_ != nullptr) supervision_->stop(status ? guard::StopReason::kFinished : guard::StopReason::kError);
  report.dropped = source.dropped();
  report.tracked = tracking_.confirmed();
  report.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  for (const auto& sink : sinks) {
    Status finished = sink->finish();
    if (status && !finished) status = std::move(finished);
  }
  if (reaction_ != nullptr)
    if (Status finished = reaction_->finish(); status && !finished) status = std::move(finished);
  return status;
}

FrameFacts Runner::facts_of(const media::Frame& frame, const guard::PictureSample& sample, std::int64_t dropped,
                            const RunReport& report) {
  FrameFacts facts{.latency = last_latency_,
                   .dropped = dropped + report.left_out,
                   .misses = report.misses,
                   .brightness = sample.mean(),
                   .thermal_c = supervision_ != nullptr ? supervision_->thermal_c() : kUnknown};
  if (second_ == nullptr) return facts;
  const SecondOpinion::Answer answer = second_->newest();
  facts.disagreement = answer.disagreement;
  if (answer.time)
    facts.disagreement_age_ms = std::chrono::duration<double, std::milli>(frame.time - *answer.time).count();
  return facts;
}

void Runner::react(const media::Frame& frame, const Prediction& prediction, const FrameFacts& facts, StageTimes& times,
                   RunReport& report) {
  const auto begin = Clock::now();
  (void)reaction_->decide(frame, prediction, facts);
  const auto decided = Clock::now();
  reaction_->act(frame, decided);
  const auto acted = Clock::now();
  last_latency_ = acted - frame.captured;
  if (last_latency_ > deadline_) ++report.misses;
  const auto set = [&](Stage stage, Clock::duration time) { times[static_cast<int>(stage)] = time; };
  set(Stage::kRules, decided - begin);
  set(Stage::kDecision, decided - frame.captured);
  set(Stage::kAct, acted - decided);
  set(Stage::kActuation, last_latency_);
  for (const Stage stage : {Stage::kRules, Stage::kAct, Stage::kActuation})
    report.statistics.record(stage, times[static_cast<int>(stage)]);
}

Status Runner::loop(media::Source& source, std::span<const std::unique_ptr<Sink>> sinks, const RunLimits& limits,
                    RunReport& report) {
  const bool picture_wanted = std::ranges::any_of(sinks, [](const auto& sink) { return sink->wants_picture(); });
  Prediction prediction;
  prediction.reserve(tracking_.tracks_max());
  Picture picture;
  while (limits.frames_max == 0 || report.frames < limits.frames_max) {
    const std::optional<media::Frame> frame = TRY(source.next());
    if (!frame) break;
    for (const auto& sink : sinks) sink->on_frame_in(*frame);
    guard::PictureSample sample;
    if (supervision_ != nullptr) {
      sample = sample_of(*frame, supervision_->config().frames.black_level);
      supervision_->begin(*frame, sample);
      if (supervision_->leaves_out()) {
        ++report.left_out;
        continue;
      }
    } else if (reaction_ != nullptr) {
      sample = sample_of(*frame);
    }
    StageTimes times{};
    GuardState guard{.given_up = given_up()};
    if (supervision_ != nullptr) guard.rung = static_cast<int>(supervision_->rung());
    TRY(process(*frame, prediction, times));
    ++report.frames;
    report.detections += static_cast<std::int64_t>(prediction.detections.size());
    if (reaction_ != nullptr)
      react(*frame, prediction, facts_of(*frame, sample, source.dropped(), report), times, report);
    if (supervision_ != nullptr) {
      guard.overruled = supervision_->ruling() != act::Ruling::kAsAsked;
      supervision_->end(*frame, times);
    }
    if (second_ != nullptr) {
      second_->consider(*frame, prediction);
      beat();
    }
    for (const Stage stage :
         {Stage::kWait, Stage::kPreprocess, Stage::kInfer, Stage::kDecode, Stage::kTrack, Stage::kDecision})
      report.statistics.record(stage, times[static_cast<int>(stage)]);
    const auto decided = Clock::now();
    if (observer_ != nullptr)
      observer_->on_decided({.frame = *frame,
                             .prediction = prediction,
                             .outputs = outputs(),
                             .times = times,
                             .reaction = reaction_.get(),
                             .dropped = source.dropped(),
                             .misses = report.misses,
                             .guard = guard});
    const Card& card = network_.card;
    if (picture_wanted) {
      picture.copy_from(*frame);
      draw(prediction, card, picture);
      if (reaction_ != nullptr) draw_reaction(*reaction_, prediction, picture);
    }
    const FrameResult result{.frame = *frame,
                             .prediction = prediction,
                             .card = card,
                             .times = times,
                             .statistics = report.statistics,
                             .reaction = reaction_.get(),
                             .annotated = picture_wanted ? &picture : nullptr,
                             .frames = report.frames,
                             .dropped = source.dropped()};
    for (const auto& sink : sinks) {
      TRY(sink->on_frame(result));
      beat();
    }
    if (reaction_ != nullptr) reaction_->keep(*frame, prediction);
    report.statistics.record(Stage::kOutput, Clock::now() - decided);
  }
  return {};
}

}  // namespace hedge::pipeline
