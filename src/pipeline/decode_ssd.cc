// SSD-style heads whose boxes are already decoded in the graph: scores [1, anchors, classes] after the softmax and
// boxes [1, anchors, 4] as corners normalised to the input (left, top, right, bottom).
#include "pipeline/decoder.h"
#include "pipeline/nms.h"

namespace hedge::pipeline {
namespace {

class SsdDecoder final : public Decoder {
 public:
  SsdDecoder(const Card& card, PortOrder order, std::int64_t anchors, int classes)
      : input_(card.input), output_(card.output), order_(std::move(order)), anchors_(anchors), classes_(classes) {}

  void decode(std::span<const tensor::ConstTensorView> outputs, const ImageMapping& mapping,
              Prediction& prediction) override {
    const float* scores = outputs[order_[0]].as<float>().data();
    const float* boxes = outputs[order_[1]].as<float>().data();
    const auto width = static_cast<float>(input_.width);
    const auto height = static_cast<float>(input_.height);
    for (std::int64_t i = 0; i < anchors_; ++i, scores += classes_, boxes += 4)
      for (int c = output_.background_classes; c < classes_; ++c)
        if (scores[c] >= output_.score_threshold)
          prediction.detections.push_back(
              {c - output_.background_classes, scores[c],
               to_source(boxes[0] * width, boxes[1] * height, boxes[2] * width, boxes[3] * height, mapping)});
    suppress(prediction.detections, output_.nms_iou, output_.detections_max);
  }

 private:
  const InputCard input_;
  const OutputCard output_;
  const PortOrder order_;
  const std::int64_t anchors_;
  const int classes_;
};

}  // namespace

base::Result<std::unique_ptr<Decoder>> create_ssd(const Card& card, std::span<const OutputPort> ports,
                                                  PortOrder order) {
  if (order.size() == 2) {
    const tensor::Shape& scores = ports[order[0]].type.shape;
    const tensor::Shape& boxes = ports[order[1]].type.shape;
    if (scores.rank() == 3 && boxes.rank() == 3 && scores[0] == 1 && boxes[0] == 1 && scores[1] == boxes[1] &&
        boxes[2] == 4 && scores[2] > card.output.background_classes) {
      const std::int64_t anchors = scores[1];
      const int classes = static_cast<int>(scores[2]);
      return std::make_unique<SsdDecoder>(card, std::move(order), anchors, classes);
    }
  }
  return base::fail(base::ErrorKind::kInvalid,
                    "decoder ssd wants two outputs, scores 1xNxC and boxes 1xNx4 ([output] names gives their order)");
}

}  // namespace hedge::pipeline
