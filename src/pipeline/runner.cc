#include "pipeline/runner.h"

#include <algorithm>

#include "pipeline/card_input.h"
#include "pipeline/draw.h"
#include "pipeline/draw_reaction.h"

namespace hedge::pipeline {

using base::Status;
using media::Clock;

Runner::Runner(engine::Engine engine, Card card, Preprocessor preprocessor, std::unique_ptr<Decoder> decoder,
               const track::TrackerOptions& tracking)
    : engine_(std::move(engine)),
      card_(std::move(card)),
      preprocessor_(std::move(preprocessor)),
      decoder_(std::move(decoder)),
      tracking_(tracking, card_.output.score_threshold) {}

base::Result<Runner> Runner::create(engine::Engine engine, Card card, const track::TrackerOptions& tracking) {
  const auto& inputs = engine.inputs();
  const int input = TRY(card_input(card.input, inputs));
  Preprocessor preprocessor = TRY(Preprocessor::create(card.input, inputs[static_cast<std::size_t>(input)].type));
  std::vector<OutputPort> ports;
  for (const engine::Port& port : engine.outputs()) ports.push_back({port.name, port.type});
  std::unique_ptr<Decoder> decoder = TRY(create_decoder(TrackStage::decoded_for(card, tracking), ports));
  Runner runner(std::move(engine), std::move(card), std::move(preprocessor), std::move(decoder), tracking);
  runner.input_ = input;
  runner.outputs_.resize(ports.size());
  return runner;
}

Status Runner::process(const media::Frame& frame, Prediction& prediction, StageTimes& times) {
  const auto begin = Clock::now();
  const ImageMapping mapping = preprocessor_.run(frame, engine_.input(input_));
  const auto preprocessed = Clock::now();
  TRY(engine_.run());
  const auto inferred = Clock::now();
  for (std::size_t k = 0; k < outputs_.size(); ++k) outputs_[k] = engine_.output(static_cast<int>(k));
  prediction.clear();
  decoder_->decode(outputs_, mapping, prediction);
  if (card_.task == Task::kDetection) tracking_.run(frame.time, prediction);
  const auto decided = Clock::now();
  const auto set = [&](Stage stage, Clock::duration time) { times[static_cast<int>(stage)] = time; };
  set(Stage::kWait, begin - frame.captured);
  set(Stage::kPreprocess, preprocessed - begin);
  set(Stage::kInfer, inferred - preprocessed);
  set(Stage::kDecode, decided - inferred);
  set(Stage::kDecision, decided - frame.captured);
  return {};
}

Status Runner::run(media::Source& source, std::span<const std::unique_ptr<Sink>> sinks, const RunLimits& limits,
                   RunReport& report) {
  const auto begin = Clock::now();
  Status status = loop(source, sinks, limits, report);
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

void Runner::react(const media::Frame& frame, const Prediction& prediction, std::int64_t dropped, StageTimes& times,
                   RunReport& report) {
  const auto begin = Clock::now();
  (void)reaction_->decide(frame, prediction, {.latency = last_latency_, .dropped = dropped, .misses = report.misses});
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
  Picture picture;
  while (limits.frames_max == 0 || report.frames < limits.frames_max) {
    const std::optional<media::Frame> frame = TRY(source.next());
    if (!frame) break;
    StageTimes times{};
    TRY(process(*frame, prediction, times));
    ++report.frames;
    report.detections += static_cast<std::int64_t>(prediction.detections.size());
    if (reaction_ != nullptr) react(*frame, prediction, source.dropped(), times, report);
    for (const Stage stage : {Stage::kWait, Stage::kPreprocess, Stage::kInfer, Stage::kDecode, Stage::kDecision})
      report.statistics.record(stage, times[static_cast<int>(stage)]);
    const auto decided = Clock::now();
    if (picture_wanted) {
      picture.copy_from(*frame);
      draw(prediction, card_, picture);
      if (reaction_ != nullptr) draw_reaction(*reaction_, prediction, picture);
    }
    const FrameResult result{.frame = *frame,
                             .prediction = prediction,
                             .card = card_,
                             .times = times,
                             .statistics = report.statistics,
                             .reaction = reaction_.get(),
                             .annotated = picture_wanted ? &picture : nullptr,
                             .frames = report.frames,
                             .dropped = source.dropped()};
    for (const auto& sink : sinks) TRY(sink->on_frame(result));
    if (reaction_ != nullptr) reaction_->keep(*frame, prediction);
    report.statistics.record(Stage::kOutput, Clock::now() - decided);
  }
  return {};
}

}  // namespace hedge::pipeline
