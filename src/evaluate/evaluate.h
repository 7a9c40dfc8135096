// Runs models over a dataset and measures how right they are.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "evaluate/evaluation.h"

namespace hedge::evaluate {

struct EvaluateOptions {
  /// Detections kept, instead of the card's: average precision is made of the unsure ones too.
  float score_threshold = 0.001f;
  int detections_max = 300;  ///< an image; COCO takes the best 100 of each class
  /// Called after each sample; false stops with kUnavailable.
  std::function<bool(std::int64_t done, std::int64_t count)> progress = {};
};

/// A model that takes part. Borrowed.
struct Contestant {
  engine::Engine* engine;
  const pipeline::Card* card;
};

/// One pass over the dataset; each sample is decoded once and given to every contestant. All have the same task.
base::Result<std::vector<Evaluation>> evaluate_all(std::span<const Contestant> contestants, const Dataset& dataset,
                                                   const EvaluateOptions& options = {});

base::Result<Evaluation> evaluate(engine::Engine& engine, const pipeline::Card& card, const Dataset& dataset,
                                  const EvaluateOptions& options = {});

}  // namespace hedge::evaluate
