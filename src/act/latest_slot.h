// One value handed from one thread to one other, newest wins: neither side ever waits or allocates. Three buffers: the
// writer's, the reader's, and the one in the middle, which both exchange for their own.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace hedge::act {

template <class T>
class LatestSlot {
 public:
  /// Writer only. The value that nobody had taken and that this one replaced, or nullptr; valid until the next put().
  const T* put(const T& item) {
    buffers_[back_] = item;
    const std::uint8_t old = middle_.exchange(back_ | kFresh, std::memory_order_acq_rel);
    back_ = old & kIndex;
    return (old & kFresh) != 0 ? &buffers_[back_] : nullptr;
  }

  /// Reader only. The newest value, unless it was taken before; nullptr then. Valid until the next take().
  const T* take() {
    if ((middle_.load(std::memory_order_relaxed) & kFresh) == 0) return nullptr;
    front_ = middle_.exchange(front_, std::memory_order_acq_rel) & kIndex;
    return &buffers_[front_];
  }

 private:
  static constexpr std::uint8_t kIndex = 3, kFresh = 4;
  std::array<T, 3> buffers_{};
  std::atomic<std::uint8_t> middle_{1};
  std::uint8_t back_ = 0;   // the writer's
  std::uint8_t front_ = 2;  // the reader's
};

}  // namespace hedge::act
