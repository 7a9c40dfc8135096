#include "evaluate/metrics.h"

#include <cmath>

namespace hedge::evaluate {

std::vector<std::string> metric_names(pipeline::Task task, bool labelled, bool agreement) {
  const bool detection = task == pipeline::Task::kDetection;
  std::vector<std::string> names;
  const auto add = [&](std::initializer_list<const char*> more) {
    names.insert(names.end(), more.begin(), more.end());
  };
  if (labelled && detection) add({"map", "ap50", "ap75", "ar100", "precision", "recall"});
  if (labelled && !detection) add({"top1", "top5"});
  if (agreement && detection) add({"agreement", "agreement_precision", "agreement_recall"});
  if (agreement && !detection) add({"agreement", "cosine"});
  return names;
}

std::int64_t rank_of(int true_class, std::span<const float> scores, int background_classes) {
  const auto truth = static_cast<std::size_t>(true_class + background_classes);
  std::int64_t before = 0;
  for (std::size_t k = 0; k < scores.size(); ++k)
    before += !(scores[k] <= scores[truth]) || (scores[k] == scores[truth] && k < truth) ? 1 : 0;
  return before;
}

void add_classification_metrics(Evaluation& evaluation, int background_classes) {
  std::int64_t first = 0, first_five = 0;
  for (const Answer& answer : evaluation.answers) {
    const std::int64_t rank = rank_of(answer.true_class, answer.scores, background_classes);
    first += rank == 0 ? 1 : 0;
    first_five += rank < 5 ? 1 : 0;
  }
  const auto count = static_cast<double>(evaluation.answers.size());
  const double top1 = static_cast<double>(first) / count;
  evaluation.metrics.push_back({"top1", top1});
  evaluation.metrics.push_back({"top5", static_cast<double>(first_five) / count});
  evaluation.headline = Headline{"top-1", 100 * top1};
}

void add_detection_metrics(Evaluation& evaluation) {
  std::vector<ImageBoxes> images;
  for (const Answer& answer : evaluation.answers) images.push_back({answer.truths, answer.detections});
  AveragePrecision average = average_precision(images);
  const OperatingPoint point = operating_point(images, evaluation.score_threshold);
  evaluation.metrics = {{"map", average.map},     {"ap50", average.ap50},         {"ap75", average.ap75},
                        {"ar100", average.ar100}, {"precision", point.precision}, {"recall", point.recall}};
  evaluation.classes = std::move(average.classes);
  if (!std::isnan(average.ap50)) evaluation.headline = Headline{"AP50", 100 * average.ap50};
}

}  // namespace hedge::evaluate
