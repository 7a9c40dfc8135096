#include "pipeline/latency_plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "pipeline/write_png.h"

namespace hedge::pipeline {
namespace {

constexpr int kWidth = 960, kHeight = 540;                       // pixels
constexpr int kLeft = 70, kRight = 30, kTop = 60, kBottom = 60;  // margins
constexpr int kStageRowHeight = 24;
constexpr int kBars = 80;
constexpr std::array kSteps = {Stage::kWait, Stage::kPreprocess, Stage::kInfer, Stage::kDecode};
const cv::Scalar kPaper(255, 255, 255), kInk(40, 40, 40), kGrid(225, 225, 225), kBar(180, 119, 31);
const cv::Scalar kMedian(44, 160, 44), kTail(40, 39, 214);

double milliseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) * 1e-6; }

/// The largest of 1, 2, 5 times a power of ten that gives at least `ticks_min` ticks over `range`.
double tick_step(double range, int ticks_min) {
  const double power = std::pow(10.0, std::floor(std::log10(range / ticks_min)));
  for (const double factor : {5.0, 2.0})
    if (range / (factor * power) >= ticks_min) return factor * power;
  return power;
}

class Plot {
 public:
  explicit Plot(const StageStatistics& statistics) : statistics_(statistics), times_(statistics.of(Stage::kDecision)) {
    // To the 99.9th percentile: one stray frame must not squeeze all others into a bar.
    end_ms_ = std::max(1e-3, 1.1 * milliseconds(times_.percentile(0.999)));
    bottom_ = kHeight - kBottom - kStageRowHeight * static_cast<int>(kSteps.size()) - 30;
  }

  cv::Mat draw(const std::string& title) {
    text(title, kLeft, 28, 0.6, kInk, 1);
    axes();
    bars();
    marker(times_.percentile(0.5), "p50", kMedian, 0);
    marker(times_.percentile(0.99), "p99", kTail, 1);
    stages();
    return canvas_;
  }

 private:
  int x_of(double ms) const { return kLeft + static_cast<int>(std::lround(ms / end_ms_ * (kWidth - kLeft - kRight))); }
  void text(const std::string& words, int x, int y, double scale, const cv::Scalar& color, int thickness = 1) {
    cv::putText(canvas_, words, {x, y}, cv::FONT_HERSHEY_SIMPLEX, scale, color, thickness, cv::LINE_AA);
  }
  void axes() {
    const double step = tick_step(end_ms_, 6);
    const int decimals = step >= 1 ? 0 : static_cast<int>(std::ceil(-std::log10(step)));
    for (int k = 0; k * step <= end_ms_; ++k) {
      const int x = x_of(k * step);
      cv::line(canvas_, {x, kTop}, {x, bottom_}, kGrid);
      text(fmt::format("{:.{}f}", k * step, decimals), x - 10, bottom_ + 18, 0.42, kInk);
    }
    text("ms from capture to decision", kWidth / 2 - 100, bottom_ + 38, 0.45, kInk);
    cv::line(canvas_, {kLeft, bottom_}, {kWidth - kRight, bottom_}, kInk);
    cv::line(canvas_, {kLeft, kTop}, {kLeft, bottom_}, kInk);
  }
  void bars() {
    std::vector<double> heights(kBars, 0.0);
    for (int bucket = 0; bucket + 1 < LatencyHistogram::kBuckets; ++bucket) {
      const std::int64_t count = times_.bucket_count(bucket);
      if (count == 0) continue;
      const double middle =
          milliseconds(LatencyHistogram::bucket_begin(bucket) + LatencyHistogram::bucket_begin(bucket + 1)) / 2;
      heights[std::min(kBars - 1, static_cast<int>(middle / end_ms_ * kBars))] += static_cast<double>(count);
    }
    const double highest = std::max(1.0, *std::ranges::max_element(heights));
    for (int k = 0; k < kBars; ++k) {
      const int height = static_cast<int>(std::lround(heights[k] / highest * (bottom_ - kTop - 8)));
      if (height == 0 && heights[k] == 0) continue;
      const int begin = x_of(end_ms_ * k / kBars) + 1, end = x_of(end_ms_ * (k + 1) / kBars) - 1;
      cv::rectangle(canvas_, {begin, bottom_ - std::max(1, height)}, {end, bottom_ - 1}, kBar, cv::FILLED);
    }
    text(fmt::format("{:.0f}", highest), 20, kTop + 14, 0.42, kInk);
    text("frames", 10, kTop + 30, 0.42, kInk);
    text("0", 50, bottom_, 0.42, kInk);
  }
  void marker(std::chrono::nanoseconds time, const char* name, const cv::Scalar& color, int line) {
    const int x = x_of(milliseconds(time));
    cv::line(canvas_, {x, kTop - 4}, {x, bottom_}, color, 2, cv::LINE_AA);
    const int label_x = std::min(x + 6, kWidth - kRight - 110);
    text(fmt::format("{} {:.2f} ms", name, milliseconds(time)), label_x, kTop + 12 + 18 * line, 0.48, color);
  }
  void stages() {
    // One row a stage: a bar to the median, a thin line to p99, on a scale of their own.
    double longest = 1e-3;
    for (const Stage stage : kSteps) longest = std::max(longest, milliseconds(statistics_.of(stage).percentile(0.99)));
    const int begin = kLeft + 100, room = kWidth - kRight - begin - 215;
    int y = bottom_ + 52;
    for (const Stage stage : kSteps) {
      const LatencyHistogram& times = statistics_.of(stage);
      const double median = milliseconds(times.percentile(0.5)), tail = milliseconds(times.percentile(0.99));
      const auto x = [&](double ms) { return begin + static_cast<int>(std::lround(ms / longest * room)); };
      cv::rectangle(canvas_, {begin, y}, {std::max(begin + 1, x(median)), y + 14}, kBar, cv::FILLED);
      cv::line(canvas_, {x(median), y + 7}, {x(tail), y + 7}, kTail, 1, cv::LINE_AA);
      text(to_string(stage), kLeft - 60, y + 12, 0.45, kInk);
      text(fmt::format("p50 {:.3f}  p99 {:.3f} ms", median, tail), kWidth - kRight - 190, y + 12, 0.42, kInk);
      y += kStageRowHeight;
    }
  }

  const StageStatistics& statistics_;
  const LatencyHistogram& times_;
  double end_ms_ = 1;
  int bottom_ = 0;
  cv::Mat canvas_{kHeight, kWidth, CV_8UC3, kPaper};
};

class LatencyPlotSink final : public Sink {
 public:
  LatencyPlotSink(std::string path, std::string title) : path_(std::move(path)), title_(std::move(title)) {}
  base::Status on_frame(const FrameResult& result) override {
    last_ = &result.statistics;
    return {};
  }
  base::Status finish() override {
    return last_ == nullptr ? base::Status() : write_latency_plot(path_, title_, *last_);
  }

 private:
  std::string path_, title_;
  const StageStatistics* last_ = nullptr;  ///< the runner's, which outlives finish()
};

}  // namespace

base::Status write_latency_plot(const std::string& path, const std::string& title, const StageStatistics& statistics) {
  return write_png(path, Plot(statistics).draw(title));
}

std::unique_ptr<Sink> create_latency_plot_sink(const std::string& path, const std::string& title) {
  return std::make_unique<LatencyPlotSink>(path, title);
}

}  // namespace hedge::pipeline
