// One model of an evaluation: sample -> input tensor -> engine -> answer.
#pragma once

#include <memory>

#include "evaluate/evaluate.h"
#include "evaluate/input_maker.h"
#include "pipeline/decoder.h"

namespace hedge::evaluate {

class ModelRun {
 public:
  /// kInvalid where the card does not fit the model, or the dataset not the card.
  static base::Result<ModelRun> create(const Contestant& contestant, const EvaluateOptions& options);

  base::Result<Answer> answer(const Sample& sample);
  const pipeline::Card& card() const { return card_; }

 private:
  ModelRun(const Contestant& contestant, InputMaker maker, std::unique_ptr<pipeline::Decoder> decoder);

  engine::Engine* engine_;
  pipeline::Card card_;
  InputMaker maker_;
  std::unique_ptr<pipeline::Decoder> decoder_;
  int scores_ = 0;  ///< classification: the output that holds them
  std::vector<tensor::ConstTensorView> outputs_;
  pipeline::Prediction prediction_;
};

}  // namespace hedge::evaluate
