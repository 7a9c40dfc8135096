// How far two evaluations of the same samples say the same: the measure where there is no truth, or too little.
#pragma once

#include "evaluate/evaluation.h"

namespace hedge::evaluate {

struct AgreementOptions {
  double score_min = 0.3;  ///< detection: what the other model finds with a better score counts as true
};

struct Agreement {
  /// classification: agreement (share of equal best classes), cosine (mean, of the outputs);
  /// detection: agreement (AP50 against the other's detections, mean over the classes that occur there),
  /// agreement_precision, agreement_recall (of decisions: each model at its card's threshold).
  std::vector<Metric> metrics;
  Headline headline;  ///< "agreement"
};

/// kUsage where the two do not hold the same samples or the same task, or the other model finds nothing to agree with.
base::Result<Agreement> agreement(const Evaluation& ours, const Evaluation& other,
                                  const AgreementOptions& options = {});

}  // namespace hedge::evaluate
