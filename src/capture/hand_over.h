// From the frame's thread to threads in the background, without a lock: the frame's thread may be real-time and the
// others are not, so a lock that they hold while they wait for a processor would delay the frame.
#pragma once

#include <semaphore.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <utility>

namespace hedge::capture {

/// Wakes a thread that waits; post() never blocks. (std::counting_semaphore of GCC 12's library can lose a post.)
class Wakeup {
 public:
  Wakeup() { ::sem_init(&semaphore_, 0, 0); }
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;
  ~Wakeup() { ::sem_destroy(&semaphore_); }
  void post() { ::sem_post(&semaphore_); }
  void wait() {
    while (::sem_wait(&semaphore_) != 0 && errno == EINTR) {
    }
  }
  void wait_for(std::chrono::milliseconds time) {
    timespec until;
    ::clock_gettime(CLOCK_MONOTONIC, &until);
    const std::int64_t total = until.tv_nsec + std::chrono::nanoseconds(time).count();
    until.tv_sec += total / 1'000'000'000;
    until.tv_nsec = total % 1'000'000'000;
    while (::sem_clockwait(&semaphore_, CLOCK_MONOTONIC, &until) != 0 && errno == EINTR) {
    }
  }

 private:
  sem_t semaphore_;
};

/// The newest item wins. Three places: one is written, one is read, one changes hands (a triple buffer). One thread
/// puts, one takes; neither waits.
template <class T>
class NewestSlot {
 public:
  /// False: an item that nobody had taken was replaced.
  bool put(T item) {
    places_[back_] = std::move(item);
    const unsigned before = between_.exchange(back_ | kFresh, std::memory_order_acq_rel);
    back_ = before & ~kFresh;
    places_[back_] = T();  // a replaced item does not live on
    return (before & kFresh) == 0;
  }
  bool full() const { return (between_.load(std::memory_order_acquire) & kFresh) != 0; }
  bool take(T& item) {
    if (!full()) return false;
    front_ = between_.exchange(front_, std::memory_order_acq_rel) & ~kFresh;
    item = std::move(places_[front_]);
    places_[front_] = T();
    return true;
  }

 private:
  static constexpr unsigned kFresh = 4;
  std::array<T, 3> places_{};
  std::atomic<unsigned> between_{1};
  unsigned back_ = 0;   // of the thread that puts
  unsigned front_ = 2;  // of the thread that takes
};

/// A few items in order, filled in place so that what they own is reused. One thread writes, one reads; neither waits.
template <class T, std::size_t kSize>
class FewInOrder {
 public:
  /// The place to fill before push(), or null when all are taken.
  T* free_place() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    return head - tail_.load(std::memory_order_acquire) == kSize ? nullptr : &places_[head % kSize];
  }
  void push() { head_.fetch_add(1, std::memory_order_release); }
  T* front() {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    return tail == head_.load(std::memory_order_acquire) ? nullptr : &places_[tail % kSize];
  }
  void pop() { tail_.fetch_add(1, std::memory_order_release); }
  /// All places, used or not: for what both threads may look at (atomics).
  std::array<T, kSize>& places() { return places_; }

 private:
  std::array<T, kSize> places_{};
  std::atomic<std::size_t> head_{0};
  std::atomic<std::size_t> tail_{0};
};

}  // namespace hedge::capture
