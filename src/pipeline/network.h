// A model with all that turns a frame into its answer: engine, card, preprocessor, decoder.
#pragma once

#include <memory>
#include <vector>

#include "engine/engine.h"
#include "pipeline/card.h"
#include "pipeline/decoder.h"
#include "pipeline/preprocess.h"
#include "track/options.h"

namespace hedge::pipeline {

struct Network {
  /// Checks that the card fits the engine's input and outputs; a misfit is kInvalid. What the tracker wants to see
  /// below the card's threshold is decoded as well.
  static base::Result<Network> create(engine::Engine engine, Card card, const track::TrackerOptions& tracking);
  /// The whole way of a frame, for who needs no times in between: `prediction` is what the network says.
  base::Status answer(const media::Frame& frame, Prediction& prediction);

  engine::Engine engine;
  Card card;
  /// What the preprocessor writes: the engine's input, or the bytes that its first step would make of it.
  tensor::TensorView input;
  Preprocessor preprocessor;
  std::unique_ptr<Decoder> decoder;
  std::vector<tensor::ConstTensorView> outputs;  ///< of the newest frame
};

}  // namespace hedge::pipeline
