// Anchor-free heads with box sides as distributions (Li et al. 2020, Generalized Focal Loss; NanoDet): for each stride
// a tensor of class scores [1, cells, classes] (after the sigmoid) and one of [1, cells, 4 * bins] logits; a side is
// the mean of the softmax over its bins, in strides from the cell's centre.
#include <algorithm>

#include "pipeline/decoder.h"
#include "pipeline/nms.h"
#include "rules/exact_math.h"

namespace hedge::pipeline {
namespace {

using rules::exact_exp;

float expected_bin(const float* logits, int bins) {
  const float top = *std::max_element(logits, logits + bins);
  float sum = 0, weighted = 0;
  for (int i = 0; i < bins; ++i) {
    const float weight = exact_exp(logits[i] - top);
    sum += weight;
    weighted += weight * static_cast<float>(i);
  }
  return weighted / sum;
}

class NanodetDecoder final : public Decoder {
 public:
  NanodetDecoder(const Card& card, PortOrder order, int classes, int bins)
      : input_(card.input), output_(card.output), order_(std::move(order)), classes_(classes), bins_(bins) {}

  void decode(std::span<const tensor::ConstTensorView> outputs, const ImageMapping& mapping,
              Prediction& prediction) override {
    const std::size_t levels = output_.strides.size();
    for (std::size_t level = 0; level < levels; ++level)
      decode_level(outputs[order_[level]].as<float>().data(), outputs[order_[levels + level]].as<float>().data(),
                   output_.strides[level], mapping, prediction);
    suppress(prediction.detections, output_.nms_iou, output_.detections_max);
  }

 private:
  void decode_level(const float* scores, const float* sides, int stride, const ImageMapping& mapping,
                    Prediction& prediction) const {
    const int rows = (input_.height + stride - 1) / stride;
    const int columns = (input_.width + stride - 1) / stride;
    const auto step = static_cast<float>(stride);
    for (int gy = 0; gy < rows; ++gy) {
      for (int gx = 0; gx < columns; ++gx, scores += classes_, sides += 4 * bins_) {
        const int best = static_cast<int>(std::max_element(scores, scores + classes_) - scores);
        if (!(scores[best] >= output_.score_threshold)) continue;
        const float center_x = (static_cast<float>(gx) + 0.5f) * step;
        const float center_y = (static_cast<float>(gy) + 0.5f) * step;
        float distance[4];  // left, top, right, bottom
        for (int side = 0; side < 4; ++side) distance[side] = expected_bin(sides + side * bins_, bins_) * step;
        prediction.detections.push_back({best, scores[best],
                                         to_source(center_x - distance[0], center_y - distance[1],
                                                   center_x + distance[2], center_y + distance[3], mapping)});
      }
    }
  }

  const InputCard input_;
  const OutputCard output_;
  const PortOrder order_;
  const int classes_;
  const int bins_;
};

}  // namespace

base::Result<std::unique_ptr<Decoder>> create_nanodet(const Card& card, std::span<const OutputPort> ports,
                                                      PortOrder order) {
  const std::size_t levels = card.output.strides.size();
  if (order.size() != 2 * levels)
    return base::fail(base::ErrorKind::kInvalid,
                      "decoder nanodet wants {} outputs, scores of each stride and then sides of each; it got {}",
                      2 * levels, order.size());
  const tensor::Shape& first_scores = ports[order[0]].type.shape;
  const tensor::Shape& first_sides = ports[order[levels]].type.shape;
  for (std::size_t level = 0; level < levels; ++level) {
    const tensor::Shape& scores = ports[order[level]].type.shape;
    const tensor::Shape& sides = ports[order[levels + level]].type.shape;
    const std::int64_t cells = cell_count(card.input, std::span(card.output.strides).subspan(level, 1));
    const bool fits = scores.rank() == 3 && sides.rank() == 3 && scores[0] == 1 && sides[0] == 1 &&
                      scores[1] == cells && sides[1] == cells && scores[2] == first_scores[2] && scores[2] >= 1 &&
                      sides[2] == first_sides[2] && sides[2] >= 8 && sides[2] % 4 == 0;
    if (!fits)
      return base::fail(base::ErrorKind::kInvalid,
                        "decoder nanodet at stride {} wants scores 1x{}xC and sides 1x{}x4B; the model has {} and {}",
                        card.output.strides[level], cells, cells, scores.to_string(), sides.to_string());
  }
  const int classes = static_cast<int>(first_scores[2]);
  const int bins = static_cast<int>(first_sides[2] / 4);
  return std::make_unique<NanodetDecoder>(card, std::move(order), classes, bins);
}

}  // namespace hedge::pipeline
