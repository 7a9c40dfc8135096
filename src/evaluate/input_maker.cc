#include "evaluate/input_maker.h"

#include "evaluate/scale_tensor.h"
#include "pipeline/card_input.h"

namespace hedge::evaluate {

using base::ErrorKind;
using base::fail;
using tensor::Tensor;

InputMaker::InputMaker(pipeline::InputCard card, std::span<const engine::Port> inputs, int input)
    : card_(std::move(card)), inputs_(inputs.begin(), inputs.end()), input_(input) {}

base::Result<InputMaker> InputMaker::create(const pipeline::Card& card, std::span<const engine::Port> inputs) {
  InputMaker maker(card.input, inputs, TRY(pipeline::card_input(card.input, inputs)));
  const tensor::TensorType& type = maker.inputs_[static_cast<std::size_t>(maker.input_)].type;
  if (card.input.kind == pipeline::InputKind::kImage) {
    maker.preprocessor_ = TRY(pipeline::Preprocessor::create(card.input, type));
  } else if (const auto& dims = card.input.sample_shape; !dims.empty()) {
    const tensor::Shape shape = TRY(tensor::Shape::create(dims));
    if (shape.elements() != type.elements())
      return fail(ErrorKind::kInvalid, "the card describes samples of {}, the model's input is {}", shape.to_string(),
                  type.to_string());
  }
  return maker;
}

base::Result<pipeline::ImageMapping> InputMaker::write(const Sample& sample, const tensor::TensorView& view) {
  HEDGE_CHECK(view.type == inputs_[static_cast<std::size_t>(input_)].type);
  const auto* frame = std::get_if<media::Frame>(&sample.data);
  if ((frame != nullptr) != preprocessor_.has_value())
    return fail(ErrorKind::kInvalid, "{} is {}, the card describes a model of {}", sample.name,
                frame != nullptr ? "a picture" : "a tensor", preprocessor_ ? "pictures" : "tensors");
  if (frame != nullptr) return preprocessor_->run(*frame, view);
  const float mean = card_.mean.empty() ? 0 : card_.mean[0];
  const float scale = card_.scale.empty() ? 1 : card_.scale[0];
  const base::Status scaled = scale_tensor(std::get<Tensor>(sample.data), mean, scale, view);
  if (!scaled) return base::in_context(scaled.error(), sample.name);
  return pipeline::ImageMapping{};
}

base::Result<std::vector<Tensor>> InputMaker::make(const Sample& sample) {
  std::vector<Tensor> tensors;
  for (const engine::Port& port : inputs_) tensors.emplace_back(port.type);
  (void)TRY(write(sample, tensors[static_cast<std::size_t>(input_)].view()));
  return tensors;
}

base::Result<std::vector<Tensor>> model_input(const Dataset& dataset, std::int64_t index, InputMaker& maker) {
  return maker.make(TRY(dataset.sample(index)));
}

}  // namespace hedge::evaluate
