// Byte strings in order from one thread to another, in room taken at the start. Neither thread waits for the other.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

#include "base/check.h"

namespace hedge::pipeline {

class ByteRing {
 public:
  /// `bytes`: a power of two.
  explicit ByteRing(std::size_t bytes) : size_(bytes), bytes_(std::make_unique<std::byte[]>(bytes)) {
    HEDGE_CHECK(bytes >= 64 && (bytes & (bytes - 1)) == 0);
  }

  /// False: no room now.
  bool push(std::span<const std::byte> item) {
    const std::size_t head = head_.load(std::memory_order_relaxed), wanted = kHead + padded(item.size());
    const std::size_t at = head & (size_ - 1), to_end = size_ - at;
    const std::size_t skipped = wanted > to_end ? to_end : 0;  // an item lies in one piece
    if (skipped + wanted > size_ - (head - tail_.load(std::memory_order_acquire))) return false;
    if (skipped > 0) put_size(at, kSkip);
    const std::size_t begin = skipped > 0 ? 0 : at;
    put_size(begin, item.size());
    if (!item.empty()) std::memcpy(bytes_.get() + begin + kHead, item.data(), item.size());
    head_.store(head + skipped + wanted, std::memory_order_release);
    return true;
  }

  /// At least so many bytes are free, at both ends of the room together.
  std::size_t free_bytes() const {
    return size_ - (head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_acquire));
  }

  /// The oldest item, in place until pop().
  std::optional<std::span<const std::byte>> front() {
    std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail == head_.load(std::memory_order_acquire)) return std::nullopt;
    std::size_t at = tail & (size_ - 1), size = get_size(at);
    if (size == kSkip) {
      tail += size_ - at;
      tail_.store(tail, std::memory_order_release);
      at = 0;
      size = get_size(0);
    }
    return std::span<const std::byte>(bytes_.get() + at + kHead, size);
  }
  void pop() {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    tail_.store(tail + kHead + padded(get_size(tail & (size_ - 1))), std::memory_order_release);
  }

 private:
  static constexpr std::size_t kHead = 8, kSkip = ~std::size_t{0};
  static std::size_t padded(std::size_t size) { return (size + 7) & ~std::size_t{7}; }
  void put_size(std::size_t at, std::size_t size) { std::memcpy(bytes_.get() + at, &size, sizeof(size)); }
  std::size_t get_size(std::size_t at) const {
    std::size_t size = 0;
    std::memcpy(&size, bytes_.get() + at, sizeof(size));
    return size;
  }

  const std::size_t size_;
  std::unique_ptr<std::byte[]> bytes_;
  alignas(64) std::atomic<std::size_t> head_{0};  ///< of the thread that pushes
  alignas(64) std::atomic<std::size_t> tail_{0};  ///< of the thread that pops
};

}  // namespace hedge::pipeline
