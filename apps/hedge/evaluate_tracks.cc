#include "hedge/evaluate_tracks.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "evaluate/track_metrics.h"
#include "hedge/command.h"
#include "hedge/metric_bars.h"

namespace hedge::app {
namespace {

using evaluate::Metric;
using evaluate::TrackCounts;
using evaluate::TrackMetrics;

std::vector<Metric> named(const TrackMetrics& metrics) {
  return {{"mota", metrics.mota}, {"motp", metrics.motp},           {"idf1", metrics.idf1},    {"idp", metrics.idp},
          {"idr", metrics.idr},   {"precision", metrics.precision}, {"recall", metrics.recall}};
}

struct NamedCount {
  const char* name;
  std::int64_t count;
};

std::vector<NamedCount> named(const TrackCounts& counts) {
  return {{"frames", counts.frames},
          {"truths", counts.truths},
          {"outputs", counts.outputs},
          {"things", counts.things},
          {"switches", counts.switches},
          {"fragmentations", counts.fragmentations},
          {"false_positives", counts.false_positives},
          {"misses", counts.misses},
          {"outputs_left_out", counts.outputs_left_out}};
}

std::string to_json(const TrackMetrics& metrics, const EvaluateTracksOptions& options) {
  nlohmann::ordered_json json = {
      {"truth", options.files[0]}, {"output", options.files[1]}, {"iou_min", options.iou_min}};
  for (const Metric& metric : named(metrics))
    json["metrics"][metric.name] =
        std::isnan(metric.value) ? nlohmann::ordered_json() : nlohmann::ordered_json(metric.value);
  for (const NamedCount& one : named(metrics.counts)) json["counts"][one.name] = one.count;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_table(const TrackMetrics& metrics, const EvaluateTracksOptions& options) {
  std::string text =
      fmt::format("{} against {}, overlaps from {}\n", options.files[1], options.files[0], options.iou_min);
  for (const Metric& metric : named(metrics)) {
    const std::string title = metric.name == "motp" ? "motp (mean of 1 - IoU: less is better)" : metric.name;
    text += fmt::format("  {:<40} {}\n", title, std::isnan(metric.value) ? "-" : fmt::format("{:.4f}", metric.value));
  }
  for (const NamedCount& one : named(metrics.counts)) text += fmt::format("  {:<40} {}\n", one.name, one.count);
  return text;
}

}  // namespace

base::Result<int> evaluate_tracks(const EvaluateTracksOptions& options, const std::vector<std::string>& bar_texts,
                                  bool json) {
  const std::vector<MetricBar> bars = TRY(parse_bars(bar_texts));
  std::vector<std::string> names;
  for (const Metric& metric : named(TrackMetrics())) names.push_back(metric.name);
  TRY(check_bars(bars, names));
  const auto truth = TRY(evaluate::read_mot(options.files[0]));
  const auto output = TRY(evaluate::read_mot(options.files[1]));
  const auto metrics = evaluate::track_metrics(truth, output, options.iou_min);
  if (!metrics) return base::in_context(metrics.error(), options.files[0]);
  fmt::print("{}", json ? to_json(*metrics, options) : to_table(*metrics, options));
  return clears(named(*metrics), bars) ? kOk : kFailed;
}

}  // namespace hedge::app
