#include "pipeline/network.h"

#include "pipeline/card_input.h"
#include "pipeline/track_stage.h"

namespace hedge::pipeline {

base::Result<Network> Network::create(engine::Engine engine, Card card, const track::TrackerOptions& tracking) {
  const auto& inputs = engine.inputs();
  const int input = TRY(card_input(card.input, inputs));
  const std::optional<engine::ByteInput> bytes = engine.byte_input(input);
  Preprocessor preprocessor =
      TRY(Preprocessor::create(card.input, inputs[static_cast<std::size_t>(input)].type, bytes));
  if (preprocessor.writes_engine_bytes()) engine.take_bytes(input);
  const tensor::TensorView written = preprocessor.writes_engine_bytes() ? bytes->view : engine.input(input);
  std::vector<OutputPort> ports;
  for (const engine::Port& port : engine.outputs()) ports.push_back({port.name, port.type});
  std::unique_ptr<Decoder> decoder = TRY(create_decoder(TrackStage::decoded_for(card, tracking), ports));
  return Network{.engine = std::move(engine),
                 .card = std::move(card),
                 .input = written,
                 .preprocessor = std::move(preprocessor),
                 .decoder = std::move(decoder),
                 .outputs = std::vector<tensor::ConstTensorView>(ports.size())};
}

base::Status Network::answer(const media::Frame& frame, Prediction& prediction) {
  const ImageMapping mapping = preprocessor.run(frame, input);
  TRY(engine.run());
  for (std::size_t k = 0; k < outputs.size(); ++k) outputs[k] = engine.output(static_cast<int>(k));
  prediction.clear();
  decoder->decode(outputs, mapping, prediction);
  return {};
}

}  // namespace hedge::pipeline
