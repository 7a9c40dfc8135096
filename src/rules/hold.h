// How long a condition must hold before a rule is on, and fail before it is off again: by frames or by time.
#pragma once

#include <chrono>
#include <cstdint>

#include "rules/source_text.h"

namespace hedge::rules {

/// Either `needed` of the last `window` frames, or every frame for `duration`.
struct Hold {
  int needed = 1, window = 1;
  std::chrono::nanoseconds duration{0};  ///< 0: by frames
};

inline constexpr int kHoldFramesMax = 64;

/// "2 of 3" (frames; the window at most kHoldFramesMax) or "300 ms".
base::Result<Hold> parse_hold(const SourceText& source);
std::string to_string(const Hold& hold);

/// Whether a condition held as long as it must, told frame by frame.
class HoldState {
 public:
  void clear() { *this = {}; }
  bool update(const Hold& hold, bool condition, std::chrono::nanoseconds time);

 private:
  std::uint64_t history_ = 0;  ///< bit k: the condition k frames ago
  std::chrono::nanoseconds since_{0};
  bool holding_ = false;
};

}  // namespace hedge::rules
