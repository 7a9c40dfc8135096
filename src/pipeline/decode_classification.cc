// Classification heads: one tensor [1, classes] of scores or logits; the best few, best first.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "pipeline/decoder.h"
#include "rules/exact_math.h"

namespace hedge::pipeline {
namespace {

using rules::exact_exp;

/// A broken model's NaN has no order, and sorting what has none is undefined: it comes last.
float ordered(float score) { return std::isnan(score) ? -std::numeric_limits<float>::infinity() : score; }

class ClassificationDecoder final : public Decoder {
 public:
  ClassificationDecoder(const Card& card, std::size_t port, std::size_t classes)
      : output_(card.output), port_(port), order_(classes) {}

  void decode(std::span<const tensor::ConstTensorView> outputs, const ImageMapping&, Prediction& prediction) override {
    const std::span<const float> scores = outputs[port_].as<float>();
    std::iota(order_.begin(), order_.end(), 0);
    const auto wanted = std::min<std::size_t>(static_cast<std::size_t>(output_.top_k), order_.size());
    std::ranges::partial_sort(order_, order_.begin() + static_cast<std::ptrdiff_t>(wanted), [&](int a, int b) {
      const float sa = ordered(scores[static_cast<std::size_t>(a)]), sb = ordered(scores[static_cast<std::size_t>(b)]);
      return sa > sb || (sa == sb && a < b);
    });
    const float top = scores[static_cast<std::size_t>(order_[0])];
    float sum = 1;
    if (output_.softmax)
      sum = std::accumulate(scores.begin(), scores.end(), 0.0f,
                            [&](float total, float logit) { return total + exact_exp(logit - top); });
    for (std::size_t i = 0; i < wanted; ++i) {
      const float raw = scores[static_cast<std::size_t>(order_[i])];
      const float score = output_.softmax ? exact_exp(raw - top) / sum : raw;
      prediction.classes.push_back({order_[i] - output_.background_classes, score});
    }
  }

 private:
  const OutputCard output_;
  const std::size_t port_;
  std::vector<int> order_;
};

}  // namespace

base::Result<std::unique_ptr<Decoder>> create_classification(const Card& card, std::span<const OutputPort> ports,
                                                             PortOrder order) {
  const std::int64_t classes = order.size() == 1 ? ports[order[0]].type.elements() : 0;
  if (classes < 1)
    return base::fail(base::ErrorKind::kInvalid, "decoder classification wants one output of class scores; it got {}",
                      order.size());
  return std::make_unique<ClassificationDecoder>(card, order[0], static_cast<std::size_t>(classes));
}

}  // namespace hedge::pipeline
