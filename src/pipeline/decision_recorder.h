// Sees every frame and writes it into the decision log: hashes of picture and tensors, tracks, verdict, numbers,
// states, times. On the frame's thread, after the commands have left, but for the input tensor's hash, which cannot
// wait: the engine writes over it. Allocates only while its vectors grow.
#pragma once

#include <memory>

#include "pipeline/frame_observer.h"
#include "pipeline/frame_recording.h"
#include "pipeline/latency.h"
#include "pipeline/log_config.h"
#include "pipeline/log_writer.h"

namespace hedge::pipeline {

struct DecisionRecorderOptions {
  LogConfig config;
  bool every_frame = false;                     ///< files: no frame may be missing
  std::function<void(const std::string&)> log;  ///< one line for people; from any thread
};

class DecisionRecorder final : public FrameObserver {
 public:
  static base::Result<std::unique_ptr<DecisionRecorder>> create(const DecisionRecorderOptions& options,
                                                                format::LogRun run);

  void on_input(const tensor::TensorView& input) override;
  void on_decided(const DecidedFrame& frame) override;
  /// No more frames. The first error.
  base::Status finish();

  LogWriterStats stats() const { return writer_->stats(); }
  const FrameRecording* frames() const { return frames_.get(); }  ///< null: pictures are not kept
  /// What it costs the frame's thread.
  const LatencyHistogram& cost() const { return cost_; }

 private:
  DecisionRecorder() = default;

  std::unique_ptr<LogWriter> writer_;
  std::unique_ptr<FrameRecording> frames_;  // behind the writer, to which it tells its failures
  format::LogFrame log_;
  std::chrono::nanoseconds input_cost_{0};
  LatencyHistogram cost_;
};

}  // namespace hedge::pipeline
