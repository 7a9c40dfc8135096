// Where results go after the decision: files, pictures, the terminal. One file a sink.
#pragma once

#include "base/result.h"
#include "pipeline/card.h"
#include "pipeline/picture.h"
#include "pipeline/prediction.h"
#include "pipeline/stages.h"

namespace hedge::pipeline {

class Reaction;

/// Everything that is known about one frame once it has been decided on. Valid during on_frame() only.
struct FrameResult {
  const media::Frame& frame;
  const Prediction& prediction;
  const Card& card;
  const StageTimes& times;            ///< kOutput is still zero here
  const StageStatistics& statistics;  ///< of all frames so far
  const Reaction* reaction;           ///< with the verdict on this frame; null without a pipeline file
  const Picture* annotated;           ///< null unless some sink wants_picture()
  std::int64_t frames;                ///< decided on so far, this one included
  std::int64_t dropped;               ///< captured, but replaced by a newer one
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual bool wants_picture() const { return false; }
  /// The source gave a frame, and nothing has been done with it. For who measures; called on every frame, so it is
  /// short.
  virtual void on_frame_in(const media::Frame&) {}
  virtual base::Status on_frame(const FrameResult& result) = 0;
  /// After the last frame, also when the run ended early: closes the files.
  virtual base::Status finish() = 0;
};

}  // namespace hedge::pipeline
