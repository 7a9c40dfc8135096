// Who looks on while frames are decided: on the frame's thread, after the commands have left. It may neither allocate
// nor wait.
#pragma once

#include <span>

#include "media/frame.h"
#include "pipeline/prediction.h"
#include "pipeline/stages.h"
#include "tensor/tensor.h"

namespace hedge::pipeline {

class Reaction;

/// What the degradation ladder takes from a frame's decision.
struct GivenUp {
  bool tracker_light = false;  ///< the tracker sees detections only
  bool small_engine = false;   ///< the smaller network answers
};

/// What a watchdog and a degradation ladder did to a frame.
struct GuardState {
  int rung = -1;  ///< guard::Rung; -1: no [safety]
  GivenUp given_up;
  bool overruled = false;  ///< its commands did not count: SAFE held
};

/// A frame that has been decided and acted on. Valid during the call only.
struct DecidedFrame {
  const media::Frame& frame;
  const Prediction& prediction;
  std::span<const tensor::ConstTensorView> outputs;  ///< of the model
  const StageTimes& times;                           ///< up to kActuation
  const Reaction* reaction;                          ///< with the verdict and the states; null without a pipeline file
  std::int64_t dropped, misses;                      ///< since the start
  GuardState guard;
};

class FrameObserver {
 public:
  virtual ~FrameObserver() = default;
  /// The input tensor, or the bytes that are written in its place (Network::input), before the engine runs over it.
  virtual void on_input(const tensor::TensorView& input) = 0;
  virtual void on_decided(const DecidedFrame& frame) = 0;
};

}  // namespace hedge::pipeline
