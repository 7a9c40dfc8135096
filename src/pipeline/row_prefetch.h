// Asks for the rows of a frame some way before they are read: a frame that another core has just decoded lies in no
// near cache, and the processor's own prefetching ends with every page. While an output row is made, the next one's
// source rows come: more of them at once gained nothing on an AMD EPYC Zen 5 VM, and without it the demo's frames took
// three times as long (bench/picture_bench, demo_from_afar).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "media/frame.h"

namespace hedge::pipeline {

class RowPrefetch {
 public:
  /// Source rows [begin, end).
  struct Rows {
    int begin, end;
  };
  void begin() { next_ = nullptr; }
  /// Those of the rows that were not asked for since begin(), from the top down.
  void ask(const media::Frame& frame, Rows rows) {
    const std::uint8_t* end = frame.pixels + std::ptrdiff_t{rows.end} * frame.stride;
    next_ = std::max(next_, frame.pixels + std::ptrdiff_t{rows.begin} * frame.stride);
    for (; next_ < end; next_ += kLineBytes) __builtin_prefetch(next_);
  }

 private:
  static constexpr std::ptrdiff_t kLineBytes = 64;
  const std::uint8_t* next_ = nullptr;  ///< all before it were asked for
};

}  // namespace hedge::pipeline
