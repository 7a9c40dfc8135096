#include "report/figures.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace hedge::report {

const char* to_string(Precision precision) {
  switch (precision) {
    case Precision::kInt8: return "int8";
    case Precision::kInt8AccumulatorActivation: return "int8, accumulator activation";
    case Precision::kInt8ChannelScales: return "int8, channel scales";
    case Precision::kInt16: return "int16";
    case Precision::kFloat: return "float";
  }
  return "?";
}

double finite_or(double value, double fallback) { return std::isfinite(value) ? value : fallback; }

std::array<double, kPrecisionCount> macs_by_precision(const QuantizeReport& report) {
  std::array<double, kPrecisionCount> shares{};
  double all = 0;
  for (const Layer& layer : report.layers) {
    const double macs = std::max(0.0, finite_or(layer.macs, 0));
    shares[static_cast<std::size_t>(layer.precision)] += macs;
    all += macs;
  }
  for (double& share : shares) share = all > 0 ? finite_or(share / all, 0) : 0;
  return shares;
}

std::vector<std::size_t> worst_layers(const QuantizeReport& report, std::size_t count) {
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < report.layers.size(); ++k) {
    const Layer& layer = report.layers[k];
    if (layer.precision != Precision::kFloat && layer.output_sqnr_db && std::isfinite(*layer.output_sqnr_db))
      order.push_back(k);
  }
  std::ranges::sort(order, {}, [&](std::size_t k) { return std::pair(*report.layers[k].output_sqnr_db, k); });
  order.resize(std::min(order.size(), count));
  return order;
}

std::string bytes_text(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1000) return fmt::format("{} B", bytes);
  if (bytes < 1000 * 1000) return fmt::format("{:.3g} kB", value / 1e3);
  return bytes < 100 * 1000 * 1000 ? fmt::format("{:.2f} MB", value / 1e6) : fmt::format("{:.0f} MB", value / 1e6);
}

std::string count_text(double count) {
  if (!std::isfinite(count)) return "-";
  if (std::abs(count) >= 1e15) return fmt::format("{:.3g}", count);
  if (std::abs(count) < 1e3) return fmt::format("{:.0f}", count);
  if (std::abs(count) < 1e6) return fmt::format("{:.1f} k", count / 1e3);
  return std::abs(count) < 1e9 ? fmt::format("{:.1f} M", count / 1e6) : fmt::format("{:.2f} G", count / 1e9);
}

std::string percent_text(double share) {
  if (!std::isfinite(share)) return "-";
  const double percent = 100 * share;
  if (percent == 0) return "0 %";
  if (std::abs(percent) < 1e-4) return percent > 0 ? "< 0.0001 %" : "> -0.0001 %";
  if (std::abs(percent) < 0.1) return fmt::format("{:.2g} %", percent);
  if (std::abs(percent) >= 1e4) return fmt::format("{:.3g} %", percent);
  return std::abs(percent) < 10 ? fmt::format("{:.2f} %", percent) : fmt::format("{:.1f} %", percent);
}

std::string sqnr_text(std::optional<double> sqnr) {
  if (!sqnr || std::isnan(*sqnr)) return "-";
  if (std::isinf(*sqnr)) return *sqnr > 0 ? "exact" : "no signal";
  return std::abs(*sqnr) < 1e4 ? fmt::format("{:.1f}", *sqnr) : fmt::format("{:.3g}", *sqnr);
}

std::string number_text(double value) { return std::isfinite(value) ? fmt::format("{:.4g}", value) : "-"; }

std::string verdict_text(const Metric& metric) {
  if (metric.before == metric.after) return fmt::format("{} did not change", metric.name);
  return fmt::format("{} {} by {}, {} is allowed", metric.name, metric.after < metric.before ? "fell" : "rose",
                     number_text(std::abs(metric.drop)), number_text(metric.budget));
}

std::string joined(const std::vector<std::string>& texts, const char* separator) {
  std::string all;
  for (const std::string& text : texts) all += (&text == texts.data() ? "" : separator) + text;
  return all;
}

}  // namespace hedge::report
