// From answers to metrics: the part of an evaluation that needs no model.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluate/evaluation.h"

namespace hedge::evaluate {

/// The metrics that an evaluation with labels has, and those of an agreement (agreement.h), before any sample has run.
std::vector<std::string> metric_names(pipeline::Task task, bool labelled, bool agreement);

/// How many scores stand before class `true_class`: 0 where it is the best. Of equal scores the lower number comes
/// first; what is no number comes before everything, so a broken model is never right.
std::int64_t rank_of(int true_class, std::span<const float> scores, int background_classes);

/// top1, top5; headline top-1.
void add_classification_metrics(Evaluation& evaluation, int background_classes);
/// map, ap50, ap75, ar100, precision, recall and the classes; headline AP50.
void add_detection_metrics(Evaluation& evaluation);

}  // namespace hedge::evaluate
