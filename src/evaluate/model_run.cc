#include "evaluate/model_run.h"

#include <algorithm>

namespace hedge::evaluate {

using base::ErrorKind;
using base::fail;
using pipeline::Task;

ModelRun::ModelRun(const Contestant& contestant, InputMaker maker, std::unique_ptr<pipeline::Decoder> decoder)
    : engine_(contestant.engine), card_(*contestant.card), maker_(std::move(maker)), decoder_(std::move(decoder)) {
  if (const auto& names = card_.output.names; !names.empty()) {
    const auto found = std::ranges::find(engine_->outputs(), names[0], &engine::Port::name);
    HEDGE_CHECK(found != engine_->outputs().end());  // create_decoder has looked
    scores_ = static_cast<int>(found - engine_->outputs().begin());
  }
  outputs_.resize(engine_->outputs().size());
}

base::Result<ModelRun> ModelRun::create(const Contestant& contestant, const EvaluateOptions& options) {
  InputMaker maker = TRY(InputMaker::create(*contestant.card, contestant.engine->inputs()));
  pipeline::Card card = *contestant.card;
  card.output.score_threshold = options.score_threshold;
  card.output.detections_max = options.detections_max;
  card.output.top_k = 1;
  std::vector<pipeline::OutputPort> ports;
  for (const engine::Port& port : contestant.engine->outputs()) ports.push_back({port.name, port.type});
  return ModelRun(contestant, std::move(maker), TRY(pipeline::create_decoder(card, ports)));
}

base::Result<Answer> ModelRun::answer(const Sample& sample) {
  const pipeline::ImageMapping mapping = TRY(maker_.write(sample, engine_->input(maker_.input())));
  if (base::Status ran = engine_->run(); !ran) return base::in_context(ran.error(), sample.name);
  for (std::size_t k = 0; k < outputs_.size(); ++k) outputs_[k] = engine_->output(static_cast<int>(k));
  prediction_.clear();
  decoder_->decode(outputs_, mapping, prediction_);
  Answer answer{.sample = sample.name, .image_id = sample.image_id};
  if (card_.task == Task::kClassification) {
    const auto scores = outputs_[static_cast<std::size_t>(scores_)].as<float>();
    answer.scores.assign(scores.begin(), scores.end());
    answer.top_class = prediction_.classes[0].class_id;
    answer.true_class = sample.class_id;
    const auto classes = static_cast<int>(scores.size()) - card_.output.background_classes;
    if (sample.class_id >= classes)
      return fail(ErrorKind::kInvalid, "{} is of class {}, the model knows {}", sample.name, sample.class_id, classes);
    return answer;
  }
  answer.truths = sample.boxes;
  for (const pipeline::Detection& found : prediction_.detections)
    answer.detections.push_back({.class_id = found.class_id,
                                 .score = found.score,
                                 .box = {found.box.x, found.box.y, found.box.width, found.box.height}});
  return answer;
}

}  // namespace hedge::evaluate
