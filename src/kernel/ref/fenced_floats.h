// Buffers for kernel tests that end or begin exactly at a page nobody may touch, so that one float read or written
// outside stops the test even without a sanitizer. The loose end is filled with a canary, checked for writes.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>

#include "base/check.h"

namespace hedge::kernel::ref {

class FencedFloats {
 public:
  enum class Fence { kBefore, kAfter };

  FencedFloats(std::int64_t count, Fence fence) : count_(static_cast<std::size_t>(count)) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t body = (count_ * sizeof(float) + page - 1) / page * page + page;  // at least a page of canaries
    size_ = body + page;
    memory_ = static_cast<std::byte*>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    HEDGE_CHECK(memory_ != MAP_FAILED);
    body_ = reinterpret_cast<float*>(fence == Fence::kBefore ? memory_ + page : memory_);
    body_count_ = body / sizeof(float);
    data_ = fence == Fence::kBefore ? body_ : body_ + body_count_ - count_;
    std::fill_n(body_, body_count_, kCanary);
    HEDGE_CHECK(mprotect(fence == Fence::kBefore ? memory_ : memory_ + body, page, PROT_NONE) == 0);
  }
  ~FencedFloats() { munmap(memory_, size_); }
  FencedFloats(const FencedFloats&) = delete;
  FencedFloats& operator=(const FencedFloats&) = delete;

  float* data() { return data_; }
  const float* data() const { return data_; }
  std::size_t size() const { return count_; }
  float operator[](std::int64_t k) const { return data_[k]; }

  /// Uniform in [low, high).
  void randomize(std::minstd_rand& random, float low = -1, float high = 1) {
    std::uniform_real_distribution<float> uniform(low, high);
    std::generate_n(data_, count_, [&] { return uniform(random); });
  }
  /// Is everything around the data as it was?
  bool is_intact() const {
    const auto canary = [](float value) { return value == kCanary; };
    return std::all_of(body_, data_, canary) && std::all_of(data_ + count_, body_ + body_count_, canary);
  }

  static constexpr float kCanary = -123456.75f;  ///< also what an output holds until it is written

 private:
  std::size_t count_, size_ = 0, body_count_ = 0;
  std::byte* memory_ = nullptr;
  float* body_ = nullptr;
  float* data_ = nullptr;
};

}  // namespace hedge::kernel::ref
