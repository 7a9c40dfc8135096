// What hedge evaluate prints: a table for people, JSON for programs.
#pragma once

#include <optional>
#include <string>

#include "evaluate/agreement.h"
#include "evaluate/evaluation.h"
#include "pipeline/card.h"

namespace hedge::app {

struct EvaluateReport {
  std::string model;
  std::string dataset;
  std::string other;  ///< the model of the agreement
  double seconds = 0;
  evaluate::Evaluation evaluation;
  std::optional<evaluate::Agreement> agreement;

  /// The metrics of the evaluation and of the agreement.
  std::vector<evaluate::Metric> metrics() const;
};

/// `classes`: with a line for each class of a detector.
std::string to_table(const EvaluateReport& report, const pipeline::Card& card, bool classes);
std::string to_json(const EvaluateReport& report, const pipeline::Card& card);

}  // namespace hedge::app
