// Working memory of a reference kernel: booked before (Operator::scratch_bytes), granted at run, so that nothing is
// allocated while the engine runs.
#pragma once

#include <cstddef>
#include <span>

#include "base/aligned_buffer.h"
#include "base/check.h"

namespace hedge::op {

class Scratch {
 public:
  explicit Scratch(std::span<std::byte> memory) : memory_(memory) {}

  /// `count` elements, aligned to 64 bytes, not cleared. Taking more than was booked is a bug.
  template <class T>
  std::span<T> take(std::size_t count) {
    const std::size_t size = base::align_up(count * sizeof(T));
    HEDGE_CHECK(used_ + size <= memory_.size());
    auto* data = reinterpret_cast<T*>(memory_.data() + used_);
    used_ += size;
    return {data, count};
  }
  /// What `take<T>(count)` uses; sum these in scratch_bytes.
  template <class T>
  static std::size_t booking(std::size_t count) {
    return base::align_up(count * sizeof(T));
  }

 private:
  std::span<std::byte> memory_;
  std::size_t used_ = 0;
};

}  // namespace hedge::op
