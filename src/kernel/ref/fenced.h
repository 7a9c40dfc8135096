// Buffers for kernel tests that end or begin exactly at a page nobody may touch, so that one element read or written
// outside stops the test even without a sanitizer. The loose end is filled with a canary, checked for writes.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <type_traits>

#include "base/check.h"

namespace hedge::kernel::ref {

enum class Fence { kBefore, kAfter };

template <class Element>
class Fenced {
 public:
  using Fence = ref::Fence;

  Fenced(std::int64_t count, Fence fence) : count_(static_cast<std::size_t>(count)) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t body = (count_ * sizeof(Element) + page - 1) / page * page + page;  // at least a page of canaries
    size_ = body + page;
    memory_ = static_cast<std::byte*>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    HEDGE_CHECK(memory_ != MAP_FAILED);
    body_ = reinterpret_cast<Element*>(fence == Fence::kBefore ? memory_ + page : memory_);
    body_count_ = body / sizeof(Element);
    data_ = fence == Fence::kBefore ? body_ : body_ + body_count_ - count_;
    std::fill_n(body_, body_count_, kCanary);
    HEDGE_CHECK(mprotect(fence == Fence::kBefore ? memory_ : memory_ + body, page, PROT_NONE) == 0);
  }
  ~Fenced() { munmap(memory_, size_); }
  Fenced(const Fenced&) = delete;
  Fenced& operator=(const Fenced&) = delete;

  Element* data() { return data_; }
  const Element* data() const { return data_; }
  std::size_t size() const { return count_; }
  Element operator[](std::int64_t k) const { return data_[k]; }

  /// Uniform in [low, high), integers in [low, high].
  void randomize(std::minstd_rand& random, Element low = -1, Element high = 1) {
    if constexpr (std::is_floating_point_v<Element>) {
      std::uniform_real_distribution<Element> uniform(low, high);
      std::generate_n(data_, count_, [&] { return uniform(random); });
    } else {
      std::uniform_int_distribution<std::int64_t> uniform(low, high);
      std::generate_n(data_, count_, [&] { return static_cast<Element>(uniform(random)); });
    }
  }
  /// Is everything around the data as it was?
  bool is_intact() const {
    const auto canary = [](Element value) { return value == kCanary; };
    return std::all_of(body_, data_, canary) && std::all_of(data_ + count_, body_ + body_count_, canary);
  }

  /// Also what an output holds until it is written.
  static constexpr Element kCanary = std::is_floating_point_v<Element> ? Element(-123456.75) : Element(0xA7);

 private:
  std::size_t count_, size_ = 0, body_count_ = 0;
  std::byte* memory_ = nullptr;
  Element* body_ = nullptr;
  Element* data_ = nullptr;
};

using FencedFloats = Fenced<float>;
using FencedBytes = Fenced<std::uint8_t>;

}  // namespace hedge::kernel::ref
