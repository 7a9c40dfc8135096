// The place where a capturing thread hands frames to the consumer: one slot, never a queue.
//
// Newest wins: a frame that nobody took is replaced, and counted as dropped.
// Lossless: put() waits until the slot is free, so a file is read as fast as it is consumed and no faster.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "base/result.h"

namespace hedge::media {

enum class Delivery { kNewestWins, kLossless };

template <class T>
class Mailbox {
 public:
  explicit Mailbox(Delivery delivery) : delivery_(delivery) {}

  /// From the capturing thread. Returns at once when newest wins; false once the mailbox is closed.
  bool put(T item) {
    std::unique_lock lock(mutex_);
    if (delivery_ == Delivery::kLossless) changed_.wait(lock, [&] { return closed_ || !slot_; });
    if (closed_) return false;
    if (slot_) ++dropped_;
    slot_ = std::move(item);
    changed_.notify_all();
    return true;
  }

  /// No more items; the one in the slot can still be taken. With an error, take() reports it after that.
  void close(std::optional<base::Error> error = std::nullopt) {
    const std::scoped_lock lock(mutex_);
    if (!closed_) error_ = std::move(error);
    closed_ = true;
    changed_.notify_all();
  }

  /// After close(): items may come again.
  void reopen() {
    const std::scoped_lock lock(mutex_);
    closed_ = false;
    error_.reset();
  }

  /// From the consumer: an item; nothing when closed without error (`ended` is set) or when `timeout` has passed.
  base::Result<std::optional<T>> take(std::chrono::nanoseconds timeout, bool& ended) {
    std::unique_lock lock(mutex_);
    ended = false;
    changed_.wait_for(lock, timeout, [&] { return closed_ || slot_.has_value(); });
    if (slot_) {
      std::optional<T> item = std::exchange(slot_, std::nullopt);
      changed_.notify_all();
      return item;
    }
    if (closed_ && error_) return std::unexpected(*error_);
    ended = closed_;
    return std::optional<T>();
  }

  std::int64_t dropped() const {
    const std::scoped_lock lock(mutex_);
    return dropped_;
  }

 private:
  const Delivery delivery_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> slot_;
  std::optional<base::Error> error_;
  std::int64_t dropped_ = 0;
  bool closed_ = false;
};

}  // namespace hedge::media
