#include "report/svg_plots.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/axis.h"
#include "report/escape.h"
#include "report/svg.h"

namespace hedge::report {
namespace {

using svg::cell_plot;
using svg::line;
using svg::plot;
using svg::rectangle;
using svg::text;
constexpr double kWidth = svg::kPageWidth;

/// A label stays inside the plot: near an edge it grows away from it.
const char* anchor_at(double x) { return x < 120 ? "start" : x > kWidth - 120 ? "end" : "middle"; }

/// Where the bars of the SQNR plot begin and end.
Axis decibel_axis(const std::vector<Layer>& layers, double top, double bottom) {
  double low = 0, high = 10;
  for (const Layer& layer : layers)
    for (const std::optional<double>& value : {layer.output_sqnr_db, layer.weight_sqnr_db})
      if (value && std::isfinite(*value)) {
        low = std::min(low, std::max(*value, -40.0));
        high = std::max(high, std::min(*value, 80.0));
      }
  return {.low = std::floor(low / 10) * 10, .high = std::ceil(high / 10) * 10, .from = bottom, .to = top};
}

bool is_known(const std::optional<double>& sqnr) { return sqnr && !std::isnan(*sqnr); }

/// Where a layer's bar ends; a stub where nothing is known.
double bar_end(const Axis& axis, const std::optional<double>& sqnr) {
  return is_known(sqnr) ? axis.at(*sqnr) : axis.at(0) - 3;
}

/// Every how manyth layer's number has room below its bar.
std::size_t label_distance(double pitch) {
  constexpr std::size_t kDistances[] = {1, 2, 5, 10, 20, 50};
  for (const std::size_t distance : kDistances)
    if (pitch * static_cast<double>(distance) >= 34) return distance;
  return 100;
}

std::string layer_title(std::size_t index, const Layer& layer) {
  return fmt::format("{}. {} ({}): output {} dB, weights {} dB, {}", index + 1, shortened(layer.name, 80),
                     shortened(layer.op, 40), sqnr_text(layer.output_sqnr_db), sqnr_text(layer.weight_sqnr_db),
                     to_string(layer.precision));
}

}  // namespace

std::string metric_plot(const Metric& metric) {
  static constexpr double kLargest = 1e15;  // so that the differences are finite too
  const auto bounded = [](double value) { return std::clamp(finite_or(value, 0), -kLargest, kLargest); };
  const double before = bounded(metric.before), after = bounded(metric.after);
  const double budget = std::abs(bounded(metric.budget));
  // Higher is better unless a drop made the value grow.
  const double worse = finite_or(metric.drop, 0) * (before - after) < 0 ? 1 : -1;
  const double limit = before + worse * budget;
  const auto [low, high] = std::minmax({before, after, limit});
  const double margin =
      high > low ? std::max(0.15 * (high - low), 1e-6 * std::abs(before)) : std::max(0.05 * std::abs(before), 0.01);
  const Axis axis{.low = low - margin, .high = high + margin, .from = 10, .to = kWidth - 10};
  constexpr double kLine = 64;
  const double step = tick_step(axis, 5);
  std::string content;
  const double band_from = std::min(axis.at(before), axis.at(limit));
  content += rectangle(band_from, kLine - 14, std::abs(axis.at(before) - axis.at(limit)), 28, "allowed",
                       fmt::format("allowed: {} to {}", number_text(before), number_text(limit)));
  content += line(axis.from, kLine, axis.to, kLine, "axis");
  for (const double tick : ticks(axis, step)) {
    const double x = axis.at(tick);
    if (x < axis.from + 24 || x > axis.to - 24) continue;  // its label would leave the plot
    content += line(x, kLine, x, kLine + 20, "grid");
    content += text(x, kLine + 34, "middle", "tick", tick_text(tick, step));
  }
  content += line(axis.at(limit), kLine - 14, axis.at(limit), kLine + 14, "limit");
  const auto mark = [&](double value, const char* classes, double y, const std::string& label) {
    const double x = axis.at(value);
    content += line(x, y + 4, x, kLine, "leader");
    content += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="7" class="{}"><title>{}</title></circle>)", x, kLine,
                           classes, html_text(label));
    content += text(x, y, anchor_at(x), "label", label);
  };
  mark(before, "before", 14, fmt::format("before {}", number_text(metric.before)));
  mark(after, metric.holds ? "after good" : "after bad", 36, fmt::format("after {}", number_text(metric.after)));
  return plot(kWidth, 106, verdict_text(metric), content);
}

std::string precision_plot(const std::array<double, kPrecisionCount>& shares) {
  std::string content;
  double x = 0;
  for (int k = 0; k < kPrecisionCount; ++k) {
    const double share = std::clamp(shares[static_cast<std::size_t>(k)], 0.0, 1.0);
    if (share == 0) continue;
    // A sliver stays visible, at the cost of half a unit.
    const double width = std::max(share * kWidth, 1.5);
    const std::string percent = percent_text(share);
    content += rectangle(std::min(x, kWidth - width), 0, width, 34, fmt::format("precision{}", k),
                         fmt::format("{}: {}", to_string(static_cast<Precision>(k)), percent));
    if (width > 70) content += text(x + width / 2, 22, "middle", "inside", percent);
    x += share * kWidth;
  }
  return plot(kWidth, 34, "multiply-adds by precision", content);
}

std::string sqnr_plot(const std::vector<Layer>& layers, std::span<const std::size_t> worst) {
  constexpr double kLeft = 44, kTop = 18, kBottom = 262, kHeight = 300, kPitchMin = 2.5, kPitchMax = 40;
  const auto count = static_cast<double>(std::max<std::size_t>(layers.size(), 1));
  const double pitch = std::clamp((kWidth - kLeft - 10) / count, kPitchMin, kPitchMax);
  const double width = std::max(kWidth, kLeft + 10 + pitch * count);
  const Axis axis = decibel_axis(layers, kTop, kBottom);
  const double zero = axis.at(0), thickness = pitch > 6 ? pitch - 2 : pitch - 0.6;
  const std::size_t every = label_distance(pitch);
  std::string content, numbers;
  for (const double tick : ticks(axis, axis.high - axis.low > 60 ? 20 : 10)) {
    content += line(kLeft, axis.at(tick), width, axis.at(tick), tick == 0 ? "axis" : "grid");
    content += text(kLeft - 6, axis.at(tick) + 4, "end", "tick", fmt::format("{:.0f}", tick));
  }
  content += text(0, 10, "start", "tick", "dB");
  double last_x = -100, last_y = 0;  // of the last number drawn
  for (std::size_t k = 0; k < layers.size(); ++k) {
    const Layer& layer = layers[k];
    const double x = kLeft + pitch * static_cast<double>(k) + (pitch - thickness) / 2, middle = x + thickness / 2;
    const auto place = std::ranges::find(worst, k);
    const double y = bar_end(axis, layer.output_sqnr_db);
    const char* classes = !is_known(layer.output_sqnr_db)        ? "unknown"
                          : place != worst.end()                 ? "bar worst"
                          : layer.precision == Precision::kFloat ? "bar kept"
                                                                 : "bar";
    content +=
        rectangle(x, std::min(y, zero), thickness, std::max(std::abs(y - zero), 1.0), classes, layer_title(k, layer));
    if (is_known(layer.weight_sqnr_db))
      content += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" class="weights"/>)", middle,
                             axis.at(*layer.weight_sqnr_db), std::clamp(0.3 * pitch, 0.9, 2.2));
    if (place != worst.end()) {
      double number_y = std::min(y, zero) - 5;
      if (middle - last_x < 9 && std::abs(number_y - last_y) < 11) number_y = last_y - 11;
      numbers += text(middle, number_y, "middle", "number", std::to_string(place - worst.begin() + 1));
      last_x = middle;
      last_y = number_y;
    }
    if (every <= 2 ? k % every == 0 : k == 0 || (k + 1) % every == 0)
      content += text(middle, kBottom + 16, "middle", "tick", std::to_string(k + 1));
  }
  content += text(kLeft, kHeight - 4, "start", "tick", "layer, in the order of execution");
  return plot(width, kHeight, "SQNR of each layer's output", content + numbers);
}

std::string range_plot(const TensorRange& range) {
  constexpr int kCell = 220, kCellHeight = 18;
  const double min = finite_or(range.min, 0), max = finite_or(range.max, 0);
  const double chosen_low = finite_or(range.low, 0), chosen_high = finite_or(range.high, 0);
  const auto [low, high] = std::minmax({min, max, chosen_low, chosen_high, 0.0});
  if (!(high - low > 0) || !std::isfinite(high - low)) return cell_plot(kCell, kCellHeight, "no range", "");
  const Axis axis{.low = low, .high = high, .from = 2, .to = kCell - 2};
  const std::string label = fmt::format("seen {} to {}, chosen {} to {}", number_text(range.min),
                                        number_text(range.max), number_text(range.low), number_text(range.high));
  std::string content =
      rectangle(axis.at(chosen_low), 4, std::max(axis.at(chosen_high) - axis.at(chosen_low), 1.0), 10, "chosen", label);
  content += line(axis.at(min), 9, axis.at(max), 9, "seen");
  for (const double end : {min, max}) content += line(axis.at(end), 5, axis.at(end), 13, "seen");
  content += line(axis.at(0), 1, axis.at(0), 17, "axis");
  return cell_plot(kCell, kCellHeight, label, content);
}

std::string share_plot(double share, double largest) {
  constexpr int kCell = 56;
  const double part = largest > 0 ? std::clamp(finite_or(share / largest, 0), 0.0, 1.0) : 0;
  return cell_plot(kCell, 10, percent_text(share), rectangle(0, 1, kCell * part, 8, "bar", percent_text(share)));
}

std::string dot_plot(double value, double smallest, double largest) {
  if (!std::isfinite(value) || !(largest > smallest) || !std::isfinite(largest - smallest)) return "";
  const Axis axis{.low = smallest, .high = largest, .from = 6, .to = 114};
  return cell_plot(
      120, 12, number_text(value),
      line(6, 6, 114, 6, "grid") + fmt::format(R"(<circle cx="{:.1f}" cy="6" r="4" class="dot"/>)", axis.at(value)));
}

}  // namespace hedge::report
