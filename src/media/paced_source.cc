#include "media/paced_source.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace hedge::media {
namespace {

// Places for frames that are decoded but not due. 0.8 s at 30 fps: a decoder whose core others take is no slow camera;
// but a 4K frame is 25 MB.
constexpr std::size_t kAheadFrames = 24, kAheadFramesMin = 3, kAheadBytes = 48u << 20;

/// With an absolute time, so that being preempted just before does not make it longer.
void sleep_until(Clock::time_point time) {
  const std::int64_t nanoseconds = time.time_since_epoch().count();
  const timespec until{.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
  ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

class PacedSource final : public Source {
 public:
  PacedSource(std::unique_ptr<Source> file, const SourceOptions& options)
      : file_(std::move(file)), options_(options), decoder_([this] { decode(); }) {}

  ~PacedSource() override {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    room_.notify_all();
    decoder_.join();
  }

  base::Result<std::optional<Frame>> next() override {
    std::unique_lock lock(mutex_);
    while (!stopped()) {
      if (count_ == 0) {
        if (error_) return std::unexpected(*error_);
        if (ended_) break;
        if (!come_.wait_for(lock, options_.poll, [&] { return count_ > 0 || ended_; })) look_up(lock);
        continue;
      }
      if (begin_ == Clock::time_point{}) begin_ = Clock::now() - at(0).time;
      const Clock::time_point now = Clock::now();
      while (overdue(now)) drop();
      const Clock::time_point due = due_of(at(0));
      if (due <= now) {
        std::optional<Frame> frame = take();
        frame->captured = due;
        lock.unlock();
        room_.notify_one();
        return frame;
      }
      lock.unlock();
      sleep_until(std::min(due, now + options_.poll));
      lock.lock();
      if (Clock::now() < due) look_up(lock);
    }
    return std::optional<Frame>();
  }

  std::int64_t dropped() const override {
    const std::scoped_lock lock(mutex_);
    return dropped_;
  }
  bool live() const override { return false; }
  double frames_per_second() const override { return file_->frames_per_second(); }

 private:
  bool stopped() const { return options_.stop != nullptr && options_.stop->load(); }
  /// The caller's thread still waits.
  void look_up(std::unique_lock<std::mutex>& lock) {
    if (!options_.waiting) return;
    lock.unlock();
    options_.waiting();
    lock.lock();
  }
  Frame& at(std::size_t place) { return ring_[(first_ + place) % kAheadFrames]; }
  Clock::time_point due_of(const Frame& frame) const { return begin_ + frame.time; }
  /// Whether the first frame's successor is due too.
  bool overdue(Clock::time_point now) { return count_ >= 2 && due_of(at(1)) <= now; }
  bool full() {
    const std::size_t bytes = count_ == 0 ? 0 : static_cast<std::size_t>(at(0).stride) * at(0).height * (count_ + 1);
    return count_ == kAheadFrames || (count_ >= kAheadFramesMin && bytes > kAheadBytes);
  }
  Frame&& take() {
    const std::size_t place = std::exchange(first_, (first_ + 1) % kAheadFrames);
    --count_;
    return std::move(ring_[place]);
  }
  void drop() {
    const Frame gone = take();
    ++dropped_;
  }

  /// The decoding thread.
  void decode() {
    while (true) {
      auto frame = file_->next();
      std::unique_lock lock(mutex_);
      if (!frame || !*frame) {
        ended_ = true;
        if (!frame) error_ = std::move(frame.error());
        come_.notify_all();
        return;
      }
      wait_for_room(lock);
      if (closed_) return;
      at(count_) = std::move(**frame);
      ++count_;
      come_.notify_all();
    }
  }
  /// As a camera goes on while nobody looks, what is overdue makes room.
  void wait_for_room(std::unique_lock<std::mutex>& lock) {
    while (!closed_ && full()) {
      if (begin_ == Clock::time_point{}) {
        room_.wait(lock);
      } else if (overdue(Clock::now())) {
        drop();
      } else {
        room_.wait_until(lock, due_of(at(1)));
      }
    }
  }

  std::unique_ptr<Source> file_;  ///< the decoding thread's, but for its rate
  const SourceOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable come_, room_;
  std::array<Frame, kAheadFrames> ring_;
  std::size_t first_ = 0, count_ = 0;
  Clock::time_point begin_{};  ///< when the file's time 0 is due; unset before the first call of next()
  std::int64_t dropped_ = 0;
  std::optional<base::Error> error_;
  bool ended_ = false, closed_ = false;
  std::thread decoder_;  ///< last: it uses all of the above
};

}  // namespace

std::unique_ptr<Source> pace(std::unique_ptr<Source> file, const SourceOptions& options) {
  return std::make_unique<PacedSource>(std::move(file), options);
}

}  // namespace hedge::media
