// NonMaxSuppression: per batch and class, greedy by score; rows [batch, class, box]. How many is known only at run
// time.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "op/operator.h"

namespace hedge::op {
namespace {

Result<std::vector<TensorType>> infer_nms(const InferArgs&) {
  return fail(ErrorKind::kUnsupported,
              "the number of boxes depends on values: cut the model before it and let the card's decoder suppress");
}

constexpr float kLowest = -std::numeric_limits<float>::infinity();

struct Corners {
  float y1, x1, y2, x2;
};

Corners corners_of(const float* box, bool center_form) {
  if (center_form) return {box[1] - box[3] / 2, box[0] - box[2] / 2, box[1] + box[3] / 2, box[0] + box[2] / 2};
  return {std::min(box[0], box[2]), std::min(box[1], box[3]), std::max(box[0], box[2]), std::max(box[1], box[3])};
}

float overlap(const Corners& a, const Corners& b) {
  const float height = std::max(0.0f, std::min(a.y2, b.y2) - std::max(a.y1, b.y1));
  const float width = std::max(0.0f, std::min(a.x2, b.x2) - std::max(a.x1, b.x1));
  const float both = (a.y2 - a.y1) * (a.x2 - a.x1) + (b.y2 - b.y1) * (b.x2 - b.x1) - height * width;
  return both > 0 ? height * width / both : 0;
}

Result<std::vector<Tensor>> run_nms(const RunArgs& args) {
  const Shape &boxes = args.input(0).shape(), &scores = args.input(1).shape();
  if (boxes.rank() != 3 || scores.rank() != 3 || boxes[2] != 4 || scores[2] != boxes[1] || scores[0] != boxes[0] ||
      args.input(0).dtype() != DType::kF32 || args.input(1).dtype() != DType::kF32)
    return fail(ErrorKind::kInvalid, "boxes {}, scores {}", args.input(0).type.to_string(),
                args.input(1).type.to_string());
  const auto number = [&](int k, float fallback) {
    return args.has_input(k) && args.input(k).type.elements() == 1 && args.input(k).dtype() == DType::kF32
               ? args.input(k).as<float>()[0]
               : fallback;
  };
  std::int64_t count_max = 0;
  if (args.has_input(2) && args.input(2).dtype() == DType::kI64 && args.input(2).type.elements() == 1)
    count_max = args.input(2).as<std::int64_t>()[0];
  const float iou_max = number(3, 0), score_min = number(4, kLowest);
  const bool center_form = args.attributes.integer("center_point_box", 0) != 0;
  std::vector<std::int64_t> rows, order(static_cast<std::size_t>(boxes[1])), kept;
  for (std::int64_t b = 0; b < boxes[0]; ++b)
    for (std::int64_t c = 0; c < scores[1]; ++c) {
      const float* score = args.input(1).as<float>().data() + (b * scores[1] + c) * scores[2];
      const float* box = args.input(0).as<float>().data() + b * boxes[1] * 4;
      std::iota(order.begin(), order.end(), 0);
      const auto known = [&](std::int64_t i) { return std::isnan(score[i]) ? kLowest : score[i]; };
      std::ranges::sort(
          order, [&](std::int64_t i, std::int64_t k) { return known(i) != known(k) ? known(i) > known(k) : i < k; });
      kept.clear();
      for (const std::int64_t candidate : order) {
        if (static_cast<std::int64_t>(kept.size()) >= count_max || !(score[candidate] > score_min)) break;
        const Corners corners = corners_of(box + candidate * 4, center_form);
        if (std::ranges::any_of(
                kept, [&](std::int64_t k) { return overlap(corners_of(box + k * 4, center_form), corners) > iou_max; }))
          continue;
        kept.push_back(candidate);
        rows.insert(rows.end(), {b, c, candidate});
      }
    }
  std::vector<Tensor> outputs;
  outputs.push_back(Tensor::of<std::int64_t>(Shape{static_cast<std::int64_t>(rows.size()) / 3, 3}, rows));
  return outputs;
}

}  // namespace

extern const Operator kNonMaxSuppression;
const Operator kNonMaxSuppression = {.name = "NonMaxSuppression",
                                     .inputs_min = 2,
                                     .inputs_max = 5,
                                     .opset_min = 10,
                                     .infer = infer_nms,
                                     .run_dynamic = run_nms};

}  // namespace hedge::op
