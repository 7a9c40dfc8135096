#include <algorithm>

#include <fmt/format.h>

#include "report/escape.h"
#include "report/figures.h"

namespace hedge::report {
namespace {

constexpr std::size_t kWorstShown = 10, kRowsShown = 20;

/// A term and its text, wrapped at spaces; a word that is longer than a line is cut.
std::string row(const char* term, const std::string& value) {
  constexpr std::size_t kColumns = 87, kCharactersMax = 600;
  std::string text = shortened(value, kCharactersMax), lines;
  while (!text.empty()) {
    std::size_t end = text.size() <= kColumns ? text.size() : text.rfind(' ', kColumns);
    if (end == std::string::npos || end == 0) end = std::min(text.find(' ', 1), text.size());
    lines += fmt::format("  {:<10} {}\n", lines.empty() ? term : "", shortened(text.substr(0, end), kColumns));
    text.erase(0, std::min(end + 1, text.size()));
  }
  return lines;
}

std::string and_more(std::size_t count, std::size_t shown) {
  return count > shown ? fmt::format("  ... and {} more\n", count - shown) : "";
}

std::string precisions(const QuantizeReport& report) {
  const auto shares = macs_by_precision(report);
  std::vector<std::string> parts;
  for (int k = 0; k < kPrecisionCount; ++k)
    if (const double share = shares[static_cast<std::size_t>(k)]; share > 0)
      parts.push_back(fmt::format("{} {}", percent_text(share), to_string(static_cast<Precision>(k))));
  return parts.empty() ? "none" : joined(parts, "; ");
}

std::string summary(const QuantizeReport& report) {
  const Metric& metric = report.metric;
  std::string text =
      fmt::format("{}: quantized, {} the budget\n", shortened(report.model, 60), metric.holds ? "within" : "OVER");
  text += row("size", fmt::format("{} -> {}", bytes_text(report.bytes_before), bytes_text(report.bytes_after)));
  text += row("metric", fmt::format("{} {} -> {}; {}", metric.name, number_text(metric.before),
                                    number_text(metric.after), verdict_text(metric)));
  text += row("measured", metric.measured_on);
  text += row("MACs", precisions(report));
  if (!report.advice.empty()) text += row("advice", report.advice);
  return text;
}

std::string worst_section(const QuantizeReport& report) {
  const auto worst = worst_layers(report, kWorstShown);
  if (worst.empty()) return "";
  std::string text = "\nlayers with the most quantization noise\n";
  for (const std::size_t k : worst) {
    const Layer& layer = report.layers[k];
    text += fmt::format("  {:>7} dB  {:<38} {:<14} {}\n", sqnr_text(layer.output_sqnr_db), shortened(layer.name, 38),
                        shortened(layer.op, 14), to_string(layer.precision));
  }
  return text;
}

std::string islands_section(const QuantizeReport& report) {
  if (report.islands.empty()) return "";
  std::string text = "\nstays in float\n";
  for (std::size_t k = 0; k < std::min(report.islands.size(), kRowsShown); ++k) {
    const FloatIsland& island = report.islands[k];
    text +=
        fmt::format("  {:>8} MACs {:>8} ms  {:<28} {}\n", percent_text(island.macs_share), number_text(island.cost_ms),
                    shortened(joined(island.ops, ", "), 28), shortened(island.why, 38));
  }
  return text + and_more(report.islands.size(), kRowsShown);
}

std::string trials_section(const QuantizeReport& report) {
  if (report.trials.empty()) return "";
  std::string text = "\ntried\n";
  for (std::size_t k = 0; k < std::min(report.trials.size(), kRowsShown); ++k) {
    const Trial& trial = report.trials[k];
    text += fmt::format("  {:>8}  {:<4} {}\n", number_text(trial.metric), trial.kept ? "kept" : "",
                        shortened(trial.tried, 80));
  }
  return text + and_more(report.trials.size(), kRowsShown);
}

std::string calibration_section(const QuantizeReport& report) {
  std::vector<const TensorRange*> clipped;
  for (const TensorRange& range : report.calibration.tensors)
    if (range.clipped_share > 0) clipped.push_back(&range);
  std::ranges::sort(clipped, {}, [](const TensorRange* range) { return std::pair(-range->clipped_share, range); });
  std::string text = fmt::format("\ncalibrated on {} samples; {} of {} tensors are clipped\n",
                                 report.calibration.samples, clipped.size(), report.calibration.tensors.size());
  for (std::size_t k = 0; k < std::min<std::size_t>(clipped.size(), 5); ++k)
    text += fmt::format("  {:>8}  {:<38} {:>10} to {:<10} {}\n", percent_text(clipped[k]->clipped_share),
                        shortened(clipped[k]->tensor, 38), number_text(clipped[k]->low), number_text(clipped[k]->high),
                        shortened(clipped[k]->method, 22));
  return text;
}

}  // namespace

std::string render_quantize_text(const QuantizeReport& report) {
  return summary(report) + worst_section(report) + islands_section(report) + trials_section(report) +
         calibration_section(report);
}

}  // namespace hedge::report
