// Sample -> the model's input tensors, as its card says. The same for evaluation, calibration and anything else that
// feeds samples to a model.
#pragma once

#include <span>
#include <vector>

#include "engine/engine.h"
#include "evaluate/dataset.h"
#include "pipeline/preprocess.h"

namespace hedge::evaluate {

class InputMaker {
 public:
  /// `inputs`: names and types of the model's inputs, an engine's or a graph's. kInvalid where the card does not fit.
  /// A card of kind tensor without mean, scale and shape takes tensors as they are.
  static base::Result<InputMaker> create(const pipeline::Card& card, std::span<const engine::Port> inputs);

  /// Which of the model's inputs a sample fills.
  int input() const { return input_; }
  /// Writes the whole of `view`, which has the type of that input. Errors name the sample.
  base::Result<pipeline::ImageMapping> write(const Sample& sample, const tensor::TensorView& view);
  /// All inputs of the model; those that a sample does not fill are zero.
  base::Result<std::vector<tensor::Tensor>> make(const Sample& sample);

 private:
  InputMaker(pipeline::InputCard card, std::span<const engine::Port> inputs, int input);

  pipeline::InputCard card_;
  std::vector<engine::Port> inputs_;
  int input_;
  std::optional<pipeline::Preprocessor> preprocessor_;  ///< where the card describes pictures
};

/// Sample `index` of `dataset` as the model's inputs: what calibration runs over.
base::Result<std::vector<tensor::Tensor>> model_input(const Dataset& dataset, std::int64_t index, InputMaker& maker);

}  // namespace hedge::evaluate
