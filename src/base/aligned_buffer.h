// A block of memory aligned to a cache line (and to a 512-bit vector), zero-filled, owned.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>

#include "base/out_of_memory.h"

namespace hedge::base {

inline constexpr std::size_t kAlignment = 64;  ///< bytes: a cache line and a ZMM register

constexpr std::size_t align_up(std::size_t size, std::size_t alignment = kAlignment) {
  return (size + alignment - 1) / alignment * alignment;
}

class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) : size_(size) {
    if (size == 0) return;
    data_.reset(static_cast<std::byte*>(std::aligned_alloc(kAlignment, align_up(size))));
    if (!data_) out_of_memory();
    std::memset(data_.get(), 0, align_up(size));
  }

  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::span<std::byte> span() { return {data_.get(), size_}; }
  std::span<const std::byte> span() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace hedge::base
