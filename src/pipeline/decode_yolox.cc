// YOLOX heads: one tensor [1, cells, 5 + classes]; a row is (x, y, log w, log h, objectness, class scores...), both
// kinds of score already through the sigmoid. Grids and strides are applied here (Ge et al. 2021, section 2.2).
#include "pipeline/decoder.h"
#include "pipeline/nms.h"
#include "rules/exact_math.h"

namespace hedge::pipeline {
namespace {

using rules::exact_exp;

class YoloxDecoder final : public Decoder {
 public:
  YoloxDecoder(const Card& card, std::size_t port, int classes)
      : input_(card.input), output_(card.output), port_(port), classes_(classes) {}

  void decode(std::span<const tensor::ConstTensorView> outputs, const ImageMapping& mapping,
              Prediction& prediction) override {
    const float* row = outputs[port_].as<float>().data();
    const int row_size = 5 + classes_;
    for (const int stride : output_.strides) {
      const int rows = (input_.height + stride - 1) / stride;
      const int columns = (input_.width + stride - 1) / stride;
      for (int gy = 0; gy < rows; ++gy)
        for (int gx = 0; gx < columns; ++gx, row += row_size)
          // A class score is at most 1, so the objectness alone rules most cells out before any exp().
          if (row[4] >= output_.score_threshold)
            decode_cell(row, gx, gy, static_cast<float>(stride), mapping, prediction);
    }
    suppress(prediction.detections, output_.nms_iou, output_.detections_max);
  }

 private:
  void decode_cell(const float* row, int gx, int gy, float stride, const ImageMapping& mapping,
                   Prediction& prediction) const {
    int best = 0;
    for (int c = 1; c < classes_; ++c)
      if (row[5 + c] > row[5 + best]) best = c;
    const float score = row[4] * row[5 + best];
    if (!(score >= output_.score_threshold)) return;
    const float center_x = (row[0] + static_cast<float>(gx)) * stride;
    const float center_y = (row[1] + static_cast<float>(gy)) * stride;
    const float half_w = exact_exp(row[2]) * stride / 2;
    const float half_h = exact_exp(row[3]) * stride / 2;
    prediction.detections.push_back(
        {best, score, to_source(center_x - half_w, center_y - half_h, center_x + half_w, center_y + half_h, mapping)});
  }

  const InputCard input_;
  const OutputCard output_;
  const std::size_t port_;
  const int classes_;
};

}  // namespace

base::Result<std::unique_ptr<Decoder>> create_yolox(const Card& card, std::span<const OutputPort> ports,
                                                    PortOrder order) {
  const std::int64_t cells = cell_count(card.input, card.output.strides);
  const tensor::Shape* shape = order.size() == 1 ? &ports[order[0]].type.shape : nullptr;
  if (shape == nullptr || shape->rank() != 3 || (*shape)[0] != 1 || (*shape)[1] != cells || (*shape)[2] < 6)
    return base::fail(
        base::ErrorKind::kInvalid,
        "decoder yolox wants one output 1x{}x(5+classes) for this size and these strides; the model has {}", cells,
        shape != nullptr ? shape->to_string() : fmt::format("{} outputs", order.size()));
  return std::make_unique<YoloxDecoder>(card, order[0], static_cast<int>((*shape)[2]) - 5);
}

}  // namespace hedge::pipeline
