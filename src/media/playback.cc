#include "media/playback.h"

#include <utility>

#include "media/image_source.h"

namespace hedge::media {
namespace {

using std::chrono::nanoseconds;

class Playback final : public Source {
 public:
  Playback(std::unique_ptr<Source> file, const SourceOptions& options) : file_(std::move(file)), options_(options) {}

  base::Result<std::optional<Frame>> next() override {
    std::optional<Frame> frame = TRY(file_->next());
    if (!frame && options_.loop && !stopped() && produced_ > 0) {
      TRY(file_->rewind());
      begin_ = last_ + interval();
      frame = TRY(file_->next());
    }
    if (!frame) return frame;
    frame->index = produced_++;
    frame->time =
        options_.frames_per_second > 0
            ? nanoseconds(static_cast<std::int64_t>(static_cast<double>(frame->index) * 1e9 / frames_per_second()))
            : begin_ + frame->time;
    if (frame->index > 0) last_interval_ = frame->time - last_;
    last_ = frame->time;
    return frame;
  }
  std::int64_t dropped() const override { return file_->dropped(); }
  bool live() const override { return false; }
  double frames_per_second() const override {
    return options_.frames_per_second > 0 ? options_.frames_per_second : file_->frames_per_second();
  }

 private:
  bool stopped() const { return options_.stop != nullptr && options_.stop->load(); }
  /// From the last frame of a pass to the first of the next.
  nanoseconds interval() const {
    const double rate = frames_per_second();
    return rate > 0 ? nanoseconds(static_cast<std::int64_t>(1e9 / rate)) : last_interval_;
  }

  std::unique_ptr<Source> file_;
  SourceOptions options_;
  std::int64_t produced_ = 0;
  nanoseconds begin_{0}, last_{0}, last_interval_ = kImageInterval;
};

}  // namespace

std::unique_ptr<Source> play(std::unique_ptr<Source> file, const SourceOptions& options) {
  return std::make_unique<Playback>(std::move(file), options);
}

}  // namespace hedge::media
