#include "pipeline/decision_recorder.h"

#include "pipeline/log_frame.h"

namespace hedge::pipeline {
namespace {

using media::Clock;

constexpr std::size_t kUsualTracks = 256, kUsualRules = 32;

}  // namespace

base::Result<std::unique_ptr<DecisionRecorder>> DecisionRecorder::create(const DecisionRecorderOptions& options,
                                                                         format::LogRun run) {
  std::unique_ptr<DecisionRecorder> recorder(new DecisionRecorder);  // NOLINT: its constructor is private
  recorder->writer_ = TRY(LogWriter::create({.directory = options.config.directory,
                                             .bytes_max = options.config.bytes_max,
                                             .every_frame = options.every_frame,
                                             .log = options.log},
                                            std::move(run)));
  if (options.config.frames)
    recorder->frames_ = TRY(FrameRecording::create(
        {.directory = options.config.directory,
         .bytes_max = options.config.frames_bytes_max,
         .every_frame = options.every_frame,
         .note = [writer = recorder->writer_.get()](std::string line) { writer->note(std::move(line)); }}));
  recorder->log_.tracks.reserve(kUsualTracks);
  recorder->log_.detections.reserve(kUsualTracks);
  recorder->log_.rules.reserve(kUsualRules);
  return recorder;
}

void DecisionRecorder::on_input(const tensor::TensorView& input) {
  const auto begin = Clock::now();
  log_.input_hash = hash_of_tensor(input);
  input_cost_ = Clock::now() - begin;
}

void DecisionRecorder::on_decided(const DecidedFrame& decided) {
  const auto begin = Clock::now();
  log_identity(decided.frame, log_);
  log_.picture_hash = hash_of_picture(decided.frame);
  log_.output_hash = hash_of_outputs(decided.outputs);
  log_.dropped = decided.dropped;
  log_.misses = decided.misses;
  log_times(decided.times, log_);
  log_prediction(decided.prediction, log_);
  if (decided.reaction != nullptr) log_reaction(*decided.reaction, log_);
  log_.rung = decided.guard.rung < 0 ? format::kNoRung : static_cast<std::uint8_t>(decided.guard.rung);
  log_.overruled = decided.guard.overruled;
  log_.tracker_light = decided.guard.given_up.tracker_light;
  log_.small_engine = decided.guard.given_up.small_engine;
  const FrameRecording::Place place = frames_ ? frames_->put(decided.frame) : FrameRecording::Place();
  log_.segment = place.segment;
  log_.ordinal = place.ordinal;
  (void)writer_->push(log_);  // what is lost is counted, and the log says so
  cost_.record(Clock::now() - begin + input_cost_);
}

base::Status DecisionRecorder::finish() {
  base::Status status;
  if (frames_) status = frames_->finish();
  if (base::Status written = writer_->finish(); status && !written) status = std::move(written);
  return status;
}

}  // namespace hedge::pipeline
