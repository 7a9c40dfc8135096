#include "evaluate/agreement.h"

#include <cmath>
#include <functional>

namespace hedge::evaluate {
namespace {

using base::ErrorKind;
using base::fail;

/// 1 for two outputs of zeros; NaN where one of them holds a NaN.
double cosine(std::span<const float> a, std::span<const float> b) {
  double product = 0, square_a = 0, square_b = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    product += static_cast<double>(a[k]) * b[k];
    square_a += static_cast<double>(a[k]) * a[k];
    square_b += static_cast<double>(b[k]) * b[k];
  }
  if (square_a == 0 && square_b == 0) return 1;
  return square_a == 0 || square_b == 0 ? 0 : product / std::sqrt(square_a * square_b);
}

base::Result<Agreement> of_classes(const Evaluation& ours, const Evaluation& other) {
  std::int64_t equal = 0;
  double cosines = 0;
  for (std::size_t k = 0; k < ours.answers.size(); ++k) {
    const Answer &a = ours.answers[k], &b = other.answers[k];
    if (a.scores.size() != b.scores.size())
      return fail(ErrorKind::kUsage, "the models cannot agree: one has {} outputs, the other {}", a.scores.size(),
                  b.scores.size());
    const double alike = cosine(a.scores, b.scores);
    equal += a.top_class == b.top_class && !std::isnan(alike) ? 1 : 0;  // a broken model agrees with none
    cosines += alike;
  }
  const auto count = static_cast<double>(ours.answers.size());
  const double share = static_cast<double>(equal) / count;
  return Agreement{.metrics = {{"agreement", share}, {"cosine", cosines / count}},
                   .headline = {"agreement", 100 * share}};
}

/// What the other model finds, as the truth about each sample.
std::vector<std::vector<TrueBox>> as_truth(const Evaluation& other, const std::function<bool(double score)>& counts) {
  std::vector<std::vector<TrueBox>> truths;
  for (const Answer& answer : other.answers) {
    std::vector<TrueBox>& boxes = truths.emplace_back();
    for (const ScoredBox& found : answer.detections)
      if (counts(found.score))
        boxes.push_back({.class_id = found.class_id, .box = found.box, .area = found.box.width * found.box.height});
  }
  return truths;
}

std::vector<ImageBoxes> beside(const std::vector<std::vector<TrueBox>>& truths, const Evaluation& ours) {
  std::vector<ImageBoxes> images;
  for (std::size_t k = 0; k < truths.size(); ++k) images.push_back({truths[k], ours.answers[k].detections});
  return images;
}

base::Result<Agreement> of_boxes(const Evaluation& ours, const Evaluation& other, double score_min) {
  const auto sure = as_truth(other, [&](double score) { return score > score_min; });
  const double ap50 = average_precision(beside(sure, ours)).ap50;
  if (std::isnan(ap50))  // which no gate may take for a pass
    return fail(ErrorKind::kUsage, "no agreement to measure: the other model finds nothing with a score above {}",
                score_min);
  // Decisions against decisions: each model at its own threshold.
  const auto decided = as_truth(other, [&](double score) { return score >= other.score_threshold; });
  const OperatingPoint point = operating_point(beside(decided, ours), ours.score_threshold);
  return Agreement{
      .metrics = {{"agreement", ap50}, {"agreement_precision", point.precision}, {"agreement_recall", point.recall}},
      .headline = {"agreement", 100 * ap50}};
}

}  // namespace

base::Result<Agreement> agreement(const Evaluation& ours, const Evaluation& other, const AgreementOptions& options) {
  if (ours.task != other.task || ours.answers.size() != other.answers.size())
    return fail(ErrorKind::kUsage, "only two evaluations of the same samples and the same task can agree");
  for (std::size_t k = 0; k < ours.answers.size(); ++k)
    if (ours.answers[k].sample != other.answers[k].sample)
      return fail(ErrorKind::kUsage, "sample {} is {} in one evaluation and {} in the other", k, ours.answers[k].sample,
                  other.answers[k].sample);
  if (ours.task == pipeline::Task::kDetection) return of_boxes(ours, other, options.score_min);
  return of_classes(ours, other);
}

}  // namespace hedge::evaluate
