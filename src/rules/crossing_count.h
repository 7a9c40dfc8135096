// How many things crossed a line: ever, and of late.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace hedge::rules {

class CrossingCount {
 public:
  static constexpr std::size_t kRecentMax = 1024;  ///< crossings that since() can count at most

  void add(std::chrono::nanoseconds time, bool forward) {
    ++(forward ? forward_ : backward_);
    times_[next_] = time;
    next_ = (next_ + 1) % kRecentMax;
    if (recent_ < kRecentMax) ++recent_;
  }
  std::int64_t forward() const { return forward_; }
  std::int64_t backward() const { return backward_; }
  /// Crossings later than `time`.
  std::size_t since(std::chrono::nanoseconds time) const {
    std::size_t count = 0;
    while (count < recent_ && times_[(next_ + kRecentMax - 1 - count) % kRecentMax] > time) ++count;
    return count;
  }

 private:
  std::array<std::chrono::nanoseconds, kRecentMax> times_{};
  std::size_t next_ = 0, recent_ = 0;
  std::int64_t forward_ = 0, backward_ = 0;
};

}  // namespace hedge::rules
