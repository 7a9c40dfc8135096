#include "pipeline/live_view.h"

#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

namespace hedge::pipeline {
namespace {

using media::Clock;

double milliseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) * 1e-6; }

class LiveView final : public Sink {
 public:
  explicit LiveView(std::FILE* out) : out_(out), terminal_(isatty(fileno(out)) != 0) {}

  base::Status on_frame(const FrameResult& result) override {
    const Clock::time_point now = Clock::now();
    if (shown_ == Clock::time_point{}) shown_ = now;
    ++frames_since_;
    const auto period = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(1000);
    if (now - shown_ < period) return {};
    const double fps = static_cast<double>(frames_since_) / std::chrono::duration<double>(now - shown_).count();
    show(result, fps);
    shown_ = now;
    frames_since_ = 0;
    return {};
  }
  base::Status finish() override {
    if (lines_ > 0) std::fputs("\n", out_);
    lines_ = 0;
    return {};
  }

 private:
  void show(const FrameResult& result, double fps) {
    const LatencyHistogram& decision = result.statistics.of(Stage::kDecision);
    const std::size_t found =
        result.card.task == Task::kDetection ? result.prediction.detections.size() : result.prediction.classes.size();
    std::string text = fmt::format("frame {:>6}  {:6.1f} fps  decision p50 {:.2f} p99 {:.2f} ms  dropped {}  now {}",
                                   result.frames, fps, milliseconds(decision.percentile(0.5)),
                                   milliseconds(decision.percentile(0.99)), result.dropped, found);
    if (terminal_) {
      for (const Stage stage :
           {Stage::kWait, Stage::kPreprocess, Stage::kInfer, Stage::kDecode, Stage::kTrack, Stage::kOutput}) {
        const LatencyHistogram& times = result.statistics.of(stage);
        text += fmt::format("\n  {:<11} p50 {:>8.3f}  p99 {:>8.3f} ms", to_string(stage),
                            milliseconds(times.percentile(0.5)), milliseconds(times.percentile(0.99)));
      }
      // Back to the first line of the last view; each line is cleared to its end.
      if (lines_ > 1) fmt::print(out_, "\x1b[{}A", lines_ - 1);
      std::string cleared = "\r";
      for (const char c : text) cleared += c == '\n' ? std::string("\x1b[K\n") : std::string(1, c);
      fmt::print(out_, "{}\x1b[K", cleared);
      lines_ = 1 + static_cast<int>(std::ranges::count(text, '\n'));
    } else {
      fmt::print(out_, "{}\n", text);
    }
    std::fflush(out_);
  }

  std::FILE* out_;
  bool terminal_;
  Clock::time_point shown_;
  std::int64_t frames_since_ = 0;
  int lines_ = 0;  ///< of the view that stands on the terminal
};

}  // namespace

std::unique_ptr<Sink> create_live_view_sink(std::FILE* out) { return std::make_unique<LiveView>(out); }

}  // namespace hedge::pipeline
