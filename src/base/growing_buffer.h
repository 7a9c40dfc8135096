// Bytes that grow without ever standing in memory twice: the kernel moves their pages, where a vector would copy them
// into a larger block beside the old one. For weights that are written one after the other.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/out_of_memory.h"

namespace hedge::base {

class GrowingBuffer {
 public:
  GrowingBuffer() = default;
  GrowingBuffer(const GrowingBuffer&) = delete;
  GrowingBuffer& operator=(const GrowingBuffer&) = delete;
  ~GrowingBuffer() {
    if (data_ != nullptr) ::munmap(data_, room_);
  }

  /// Aligned to a page. Moves when the buffer grows.
  std::byte* data() { return static_cast<std::byte*>(data_); }
  std::size_t size() const { return size_; }

  /// New bytes are zero. Throws std::bad_alloc as a vector would.
  void grow(std::size_t size) {
    HEDGE_CHECK(size >= size_);
    if (size > room_) {
      const std::size_t room =
          std::max(size, room_ + room_ / 2) / kStep * kStep + kStep;  // untouched pages cost nothing
      void* moved = data_ != nullptr
                        ? ::mremap(data_, room_, room, MREMAP_MAYMOVE)
                        : ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (moved == MAP_FAILED) out_of_memory();
      data_ = moved;
      room_ = room;
    }
    size_ = size;
  }

  /// Gives the bytes away; the buffer is empty then. Null where there are none.
  std::shared_ptr<const std::byte> share() {
    const std::size_t room = std::exchange(room_, 0);
    void* data = std::exchange(data_, nullptr);
    size_ = 0;
    if (data == nullptr) return nullptr;
    return {static_cast<const std::byte*>(data), [data, room](const std::byte*) { ::munmap(data, room); }};
  }

 private:
  static constexpr std::size_t kStep = std::size_t{1} << 20;
  void* data_ = nullptr;
  std::size_t size_ = 0, room_ = 0;
};

}  // namespace hedge::base
