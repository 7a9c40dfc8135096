// Whether the camera still sees: the same picture, a black picture, no picture.
//
// Of each picture 32 rows are read, spread over its height: a hash of their bytes, and how many of these are brighter
// than black. A sensor has noise, so no two pictures of a camera have the same hash, and one that repeats comes from a
// buffer somewhere on the way. That holds for cameras that send what they see (raw, MJPEG). It does not hold
//   - for video whose encoder skips what hardly changed (H.264 of a still scene at a low bit rate): set `frozen` to
//     longer than its key frames are apart, or to 0;
//   - for a still image or a file that has ended as a source: it is frozen, which is true; set `frozen` to 0;
//   - the other way round: a frozen picture over which somebody draws a running clock is not found.
// Deterministic; allocates nothing.
#pragma once

#include <chrono>
#include <cstdint>

namespace hedge::guard {

using std::chrono::nanoseconds;

struct FrameLimits {
  nanoseconds frozen = std::chrono::milliseconds(60);      ///< the same picture for so long, three times at least;
  nanoseconds black = std::chrono::milliseconds(30);       ///< black for so long, two pictures at least;
  nanoseconds no_frames = std::chrono::milliseconds(100);  ///< none for so long. 0 switches each of them off
  int black_level = 24;                                    ///< at most 1 of 1000 bytes is brighter than this
};

/// What one picture looks like to the monitor.
struct PictureSample {
  std::uint64_t hash = 0;
  std::uint32_t bytes = 0;   ///< that were read
  std::uint32_t bright = 0;  ///< of them, the ones brighter than the level
  std::uint64_t sum = 0;     ///< of them

  /// Of the bytes, 0 to 255; NaN where none was read.
  double mean() const;
};

/// `row_bytes`: of pixels in a row; `stride`: from one row to the next, bytes.
PictureSample sample_picture(const std::uint8_t* pixels, int row_bytes, int height, int stride, int black_level);

class FrameMonitor {
 public:
  FrameMonitor(const FrameLimits& limits, nanoseconds now);

  /// A picture and when it was captured. Flag bits for the heartbeat.
  std::uint32_t frame(const PictureSample& sample, nanoseconds captured) noexcept;
  /// None has come until now. Flag bits, those of the last picture among them.
  std::uint32_t idle(nanoseconds now) noexcept;

 private:
  FrameLimits limits_;
  nanoseconds last_;           ///< when the newest picture was captured
  nanoseconds changed_{0};     ///< when the first one of those that are all the same was
  nanoseconds dark_since_{0};  ///< when the first one of those that are all black was
  std::uint64_t hash_ = 0;
  int same_ = 0, dark_ = 0;  ///< how many
  std::uint32_t flags_ = 0;
};

}  // namespace hedge::guard
