// What an evaluation found: the metrics, and every answer of the model, so that two evaluations can be compared
// without running again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate/average_precision.h"
#include "evaluate/dataset.h"

namespace hedge::evaluate {

/// 0 to 1; NaN where the samples do not say (no detection: no precision).
struct Metric {
  std::string name;  ///< "top1", "map", "ap50", ... : docs/accuracy.md
  double value = 0;
};

/// The one figure by which a model is judged.
struct Headline {
  std::string name;  ///< for people: "top-1", "AP50", "agreement"
  double percent = 0;
};

/// The model's answer to one sample, beside the truth.
struct Answer {
  std::string sample;
  std::optional<std::int64_t> image_id;
  int true_class = -1;
  std::vector<TrueBox> truths;
  std::vector<float> scores;          ///< classification: the output as the model gave it
  int top_class = -1;                 ///< classification: of the best score, lower number on ties; -1: background
  std::vector<ScoredBox> detections;  ///< detection: best score first
};

struct Evaluation {
  pipeline::Task task = pipeline::Task::kClassification;
  bool labelled = false;  ///< the dataset has the truth that this task needs; else there are no metrics
  std::vector<Answer> answers;
  std::int64_t boxes_left_out = 0;  ///< true boxes of classes that the card does not know
  std::vector<Metric> metrics;
  std::vector<ClassPrecision> classes;  ///< detection
  std::optional<Headline> headline;
  double score_threshold = 0;  ///< of the card: where precision and recall are taken

  /// The value of a metric; nothing where there is none of that name.
  std::optional<double> metric(std::string_view name) const;
};

}  // namespace hedge::evaluate
