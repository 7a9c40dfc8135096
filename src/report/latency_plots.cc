#include "report/latency_plots.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "report/axis.h"
#include "report/latency_figures.h"
#include "report/svg.h"

namespace hedge::report {
namespace {

constexpr double kLeft = 56, kRight = 12;
constexpr double kMemoryBand = 5e6;  // bytes

/// Multiples of 1, 2 and 5 of the powers of ten between two values.
std::vector<double> log_ticks(double low, double high) {
  std::vector<double> values;
  for (double power = std::pow(10.0, std::floor(std::log10(low))); power <= high; power *= 10)
    for (const double factor : {1.0, 2.0, 5.0})
      if (factor * power >= low * 0.999 && factor * power <= high * 1.001) values.push_back(factor * power);
  return values;
}

/// An axis over the logarithm of its values.
struct LogAxis {
  Axis axis;
  LogAxis(double low, double high, double from, double to)
      : axis{.low = std::log10(low), .high = std::log10(high), .from = from, .to = to} {}
  double at(double value) const { return axis.at(std::log10(std::max(value, 1e-9))); }
};

/// Time axis of the histograms: all phases and the deadline.
LogAxis time_axis(const LatencyReport& report) {
  double low = report.deadline_ms, high = report.deadline_ms;
  for (const LatencyPhase& phase : report.phases)
    if (phase.frames > 0) {
      low = std::min(low, std::max(phase.total.min, 1e-3));
      high = std::max(high, phase.total.max);
    }
  return {low / 1.15, high * 1.15, kLeft, svg::kPageWidth - kRight};
}

std::string time_ticks(double seconds, const Axis& x, double bottom) {
  std::string content = svg::line(x.from, bottom, x.to, bottom, "axis");
  const double step = tick_step(x, 6);
  for (const double tick : ticks(x, step)) {
    content += svg::line(x.at(tick), bottom, x.at(tick), bottom + 5, "axis");
    content += svg::text(x.at(tick), bottom + 20, tick > seconds * 0.97 ? "end" : "middle", "tick",
                         tick_text(tick, step) + " s");
  }
  return content;
}

}  // namespace

std::string latency_histogram_plot(const LatencyReport& report, const LatencyPhase& phase) {
  constexpr double kTop = 64, kBottom = 250, kHeight = 292;
  std::size_t most = 1;
  for (const measure::Bucket& bucket : phase.histogram) most = std::max(most, bucket.count);
  const LogAxis x = time_axis(report), y(0.5, static_cast<double>(most) * 1.2, kBottom, kTop);
  std::string content;
  for (double count = 1; count <= static_cast<double>(most); count *= 10) {
    content += svg::line(kLeft, y.at(count), svg::kPageWidth - kRight, y.at(count), "grid");
    content += svg::text(kLeft - 6, y.at(count) + 4, "end", "tick", fmt::format("{:.0f}", count));
  }
  for (const measure::Bucket& bucket : phase.histogram) {
    if (bucket.count == 0) continue;
    const double from = x.at(bucket.from), width = std::max(x.at(bucket.to) - from - 0.6, 1.5);
    const double top = y.at(static_cast<double>(bucket.count));
    content +=
        svg::rectangle(from, top, width, kBottom - top, bucket.from >= report.deadline_ms ? "bar worst" : "bar",
                       fmt::format("{} frames from {} to {} ms", bucket.count, number(bucket.from), number(bucket.to)));
  }
  content += svg::line(kLeft, kBottom, svg::kPageWidth - kRight, kBottom, "axis");
  for (const double tick : log_ticks(std::pow(10, x.axis.low), std::pow(10, x.axis.high))) {
    content += svg::line(x.at(tick), kBottom, x.at(tick), kBottom + 5, "axis");
    content += svg::text(x.at(tick), kBottom + 20, "middle", "tick", fmt::format("{:g}", tick));
  }
  content += svg::text(svg::kPageWidth - kRight, kBottom + 38, "end", "tick",
                       fmt::format("ms {}; both axes logarithmic, frames upwards", phase.whole));
  // Labels in three rows: neighbours on a logarithmic axis may be close.
  const std::array<std::pair<std::string, double>, 4> marks = {{{"p50", phase.total.p50},
                                                                {"p99", phase.total.p99},
                                                                {"p99.9", phase.total.p999},
                                                                {"deadline", report.deadline_ms}}};
  for (std::size_t k = 0; k < marks.size(); ++k) {
    const auto& [name, value] = marks[k];
    const double at = x.at(value), row = 14 + 17 * static_cast<double>(k % 3);
    const bool late = at > svg::kPageWidth - 150;
    content += svg::line(at, row - 10, at, kBottom, name == "deadline" ? "limit" : "leader");
    content += svg::text(at + (late ? -5 : 5), row, late ? "end" : "start", "label",
                         fmt::format("{} {} ms", name, name == "deadline" ? plain_number(value) : number(value)));
  }
  return svg::plot(svg::kPageWidth, kHeight, "frames by their time, " + phase.scheduling, content);
}

std::string worst_plot(const LatencyReport& report, const LatencyPhase& phase) {
  constexpr double kTop = 16, kBottom = 170, kHeight = 200;
  const double most = phase.worst_ms.empty() ? 0 : std::ranges::max(phase.worst_ms);
  const double end = phase.worst_bin_seconds * static_cast<double>(std::max<std::size_t>(phase.worst_ms.size(), 1));
  const Axis x{.low = 0, .high = end, .from = kLeft, .to = svg::kPageWidth - kRight};
  const Axis y{.low = 0, .high = 1.15 * std::max(most, report.deadline_ms), .from = kBottom, .to = kTop};
  std::string content;
  const double step = tick_step(y, 4);
  for (const double tick : ticks(y, step)) {
    content += svg::line(kLeft, y.at(tick), svg::kPageWidth - kRight, y.at(tick), "grid");
    content += svg::text(kLeft - 6, y.at(tick) + 4, "end", "tick", tick_text(tick, step));
  }
  for (std::size_t k = 0; k < phase.worst_ms.size(); ++k) {
    if (phase.worst_ms[k] <= 0) continue;
    const double from = static_cast<double>(k) * phase.worst_bin_seconds;
    const double width = std::max(x.at(from + phase.worst_bin_seconds) - x.at(from) - 0.4, 0.8);
    content += svg::rectangle(x.at(from), y.at(phase.worst_ms[k]), width, kBottom - y.at(phase.worst_ms[k]),
                              phase.worst_ms[k] > report.deadline_ms ? "bar worst" : "bar",
                              fmt::format("{:.0f} s: {} ms", from, number(phase.worst_ms[k])));
  }
  content += svg::line(kLeft, y.at(report.deadline_ms), svg::kPageWidth - kRight, y.at(report.deadline_ms), "limit");
  content += svg::text(svg::kPageWidth - kRight, y.at(report.deadline_ms) - 5, "end", "label",
                       fmt::format("deadline {} ms", plain_number(report.deadline_ms)));
  return svg::plot(svg::kPageWidth, kHeight, "worst frame over time, " + phase.scheduling,
                   content + time_ticks(end, x, kBottom));
}

std::string memory_plot(const LatencyPhase& phase) {
  constexpr double kTop = 12, kBottom = 130, kHeight = 160;
  if (phase.process.size() < 2) return "";
  const std::optional<MemoryDrift> drift = memory_drift(phase);
  double low = 1e300, high = 0;
  for (const measure::ProcessSample& sample : phase.process) {
    low = std::min(low, static_cast<double>(sample.resident_bytes));
    high = std::max(high, static_cast<double>(sample.resident_bytes));
  }
  if (drift) {
    low = std::min(low, static_cast<double>(drift->first_minute_bytes) - kMemoryBand);
    high = std::max(high, static_cast<double>(drift->first_minute_bytes) + kMemoryBand);
  }
  const double end = phase.process.back().at_seconds;
  const Axis x{.low = 0, .high = std::max(end, 1.0), .from = kLeft, .to = svg::kPageWidth - kRight};
  const Axis y{.low = (low - 1e6) * 1e-6, .high = (high + 1e6) * 1e-6, .from = kBottom, .to = kTop};
  std::string content;
  if (drift) {
    const double first = static_cast<double>(drift->first_minute_bytes);
    const double top = y.at((first + kMemoryBand) * 1e-6), bottom = y.at((first - kMemoryBand) * 1e-6);
    content += svg::rectangle(x.at(60), top, x.to - x.at(60), bottom - top, "allowed", "5 MB on each side");
  }
  const double step = tick_step(y, 3);
  for (const double tick : ticks(y, step)) {
    content += svg::line(kLeft, y.at(tick), svg::kPageWidth - kRight, y.at(tick), "grid");
    content += svg::text(kLeft - 6, y.at(tick) + 4, "end", "tick", tick_text(tick, step));
  }
  std::string points;
  for (const measure::ProcessSample& sample : phase.process)
    points +=
        fmt::format("{:.1f},{:.1f} ", x.at(sample.at_seconds), y.at(static_cast<double>(sample.resident_bytes) * 1e-6));
  content += fmt::format(R"(<polyline points="{}" fill="none" class="seen"/>)", points);
  return svg::plot(svg::kPageWidth, kHeight, "resident memory in MB over time, " + phase.scheduling,
                   content + time_ticks(end, x, kBottom));
}

}  // namespace hedge::report
