#include "hedge/evaluate_report.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace hedge::app {
namespace {

using evaluate::Metric;

std::string number(double value) { return std::isnan(value) ? "-" : fmt::format("{:.4f}", value); }

/// JSON has no NaN.
nlohmann::ordered_json json_number(double value) {
  if (std::isnan(value)) return nullptr;
  return value;
}

/// "precision" and "recall" are taken at the card's threshold: the table says so.
std::string title(const Metric& metric, const EvaluateReport& report) {
  const bool at_threshold = metric.name.ends_with("precision") || metric.name.ends_with("recall");
  return at_threshold ? fmt::format("{} at score {:.2f}", metric.name, report.evaluation.score_threshold) : metric.name;
}

}  // namespace

std::vector<Metric> EvaluateReport::metrics() const {
  std::vector<Metric> all = evaluation.metrics;
  if (agreement) all.insert(all.end(), agreement->metrics.begin(), agreement->metrics.end());
  return all;
}

std::string to_table(const EvaluateReport& report, const pipeline::Card& card, bool classes) {
  const std::size_t samples = report.evaluation.answers.size();
  std::string text =
      fmt::format("{} on {}: {} samples, {:.1f} s\n", report.model, report.dataset, samples, report.seconds);
  if (report.evaluation.boxes_left_out > 0)
    text +=
        fmt::format("{} boxes of classes that the card does not know are left out\n", report.evaluation.boxes_left_out);
  for (const Metric& metric : report.evaluation.metrics)
    text += fmt::format("  {:<36} {}\n", title(metric, report), number(metric.value));
  if (report.agreement) {
    text += fmt::format("against {}\n", report.other);
    for (const Metric& metric : report.agreement->metrics)
      text += fmt::format("  {:<36} {}\n", title(metric, report), number(metric.value));
  }
  if (classes && !report.evaluation.classes.empty()) {
    text += fmt::format("{:<24} {:>7} {:>8} {:>8} {:>8} {:>8}\n", "class", "boxes", "map", "ap50", "ap75", "ar100");
    for (const evaluate::ClassPrecision& one : report.evaluation.classes)
      text += fmt::format("{:<24} {:>7} {:>8.4f} {:>8.4f} {:>8.4f} {:>8.4f}\n", card.label(one.class_id), one.truths,
                          one.map, one.ap50, one.ap75, one.ar100);
  }
  return text;
}

std::string to_json(const EvaluateReport& report, const pipeline::Card& card) {
  nlohmann::ordered_json json = {{"model", report.model},
                                 {"dataset", report.dataset},
                                 {"samples", report.evaluation.answers.size()},
                                 {"seconds", report.seconds},
                                 {"boxes_left_out", report.evaluation.boxes_left_out}};
  auto& metrics = json["metrics"] = nlohmann::ordered_json::object();
  for (const Metric& metric : report.metrics()) metrics[metric.name] = json_number(metric.value);
  if (report.agreement) json["agreement_with"] = report.other;
  if (!report.evaluation.classes.empty()) {
    auto& classes = json["classes"] = nlohmann::ordered_json::array();
    for (const evaluate::ClassPrecision& one : report.evaluation.classes)
      classes.push_back({{"class", one.class_id},
                         {"label", card.label(one.class_id)},
                         {"boxes", one.truths},
                         {"map", one.map},
                         {"ap50", one.ap50},
                         {"ap75", one.ap75},
                         {"ar100", one.ar100}});
  }
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace hedge::app
