// One picture with its capture time. The pixels stay where the decoder put them; the frame keeps them alive.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace hedge::media {

using Clock = std::chrono::steady_clock;

struct Frame {
  const std::uint8_t* pixels = nullptr;     ///< BGR, 8 bits a channel, row-major
  int width = 0;                            ///< pixels
  int height = 0;                           ///< pixels
  int stride = 0;                           ///< bytes from one row to the next, >= 3 * width
  std::int64_t index = 0;                   ///< counts the frames that the source produced, dropped ones included
  Clock::time_point captured;               ///< when the picture reached us; carried unchanged to the end
  std::chrono::nanoseconds stream_time{0};  ///< position in the file or stream; 0 where there is none
  /// When the picture was taken, on the clock of its source: the position of a file's frame (going on over the seam of
  /// a loop, and at the rate that was asked for), so that the same file gives the same times on any machine; `captured`
  /// for what is live. What measures motion uses this.
  std::chrono::nanoseconds time{0};
  std::string name;                   ///< file name of a still image; empty for moving pictures
  std::shared_ptr<const void> owner;  ///< keeps `pixels` valid
};

}  // namespace hedge::media
