#include <cmath>

#include <nlohmann/json.hpp>

#include "report/escape.h"
#include "report/figures.h"

namespace hedge::report {
namespace {

using Json = nlohmann::ordered_json;

/// JSON has no infinity and no NaN.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
Json decibels(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

Json to_json(const Metric& metric) {
  return {{"name", metric.name},           {"measured_on", metric.measured_on}, {"before", number(metric.before)},
          {"after", number(metric.after)}, {"drop", number(metric.drop)},       {"budget", number(metric.budget)},
          {"holds", metric.holds}};
}

Json to_json(const Layer& layer) {
  return {{"name", layer.name},
          {"op", layer.op},
          {"macs", number(layer.macs)},
          {"output_sqnr_db", decibels(layer.output_sqnr_db)},
          {"weight_sqnr_db", decibels(layer.weight_sqnr_db)},
          {"precision", to_string(layer.precision)},
          {"reason", layer.reason},
          {"time_share", number(layer.time_share)}};
}

Json to_json(const FloatIsland& island) {
  return {{"ops", island.ops},
          {"why", island.why},
          {"macs_share", number(island.macs_share)},
          {"cost_ms", number(island.cost_ms)}};
}

Json to_json(const TensorRange& range) {
  return {{"tensor", range.tensor},
          {"min", number(range.min)},
          {"max", number(range.max)},
          {"low", number(range.low)},
          {"high", number(range.high)},
          {"method", range.method},
          {"clipped_share", number(range.clipped_share)}};
}

Json to_json(const Trial& trial) {
  return {{"tried", trial.tried}, {"metric", number(trial.metric)}, {"kept", trial.kept}};
}

template <class T>
Json list(const std::vector<T>& items) {
  Json rows = Json::array();
  for (const T& item : items) rows.push_back(to_json(item));
  return rows;
}

}  // namespace

std::string render_quantize_json(const QuantizeReport& report) {
  Json precisions = Json::object(), versions = Json::object();
  const auto shares = macs_by_precision(report);
  for (int k = 0; k < kPrecisionCount; ++k)
    precisions[to_string(static_cast<Precision>(k))] = shares[static_cast<std::size_t>(k)];
  for (const auto& [what, version] : report.origin.versions) versions[plain_text(what)] = version;
  const Json json = {
      {"model", report.model},
      {"bytes_before", report.bytes_before},
      {"bytes_after", report.bytes_after},
      {"metric", to_json(report.metric)},
      {"macs_by_precision", precisions},
      {"layers", list(report.layers)},
      {"float_islands", list(report.islands)},
      {"calibration", {{"samples", report.calibration.samples}, {"tensors", list(report.calibration.tensors)}}},
      {"trials", list(report.trials)},
      {"advice", report.advice},
      {"origin", {{"command", report.origin.command}, {"versions", versions}, {"date", report.origin.date}}}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hedge::report
