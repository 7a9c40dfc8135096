// Writes frames to a video file that plays everywhere: H.264 in .mp4 or .mkv, Motion JPEG in .avi.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "media/frame.h"

namespace hedge::media {

class VideoWriter {
 public:
  /// Frames must all have this size. The extension chooses the container; `frames_per_second` of 0 counts as 25.
  static base::Result<VideoWriter> create(const std::string& path, int width, int height, double frames_per_second);
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;
  ~VideoWriter();

  /// Copies the BGR pixels and encodes them in the background; waits when the encoder is far behind.
  base::Status write(const std::uint8_t* bgr, int stride);
  /// Flushes and closes the file so that it can be played. Without it the file is not finished.
  base::Status finish();

 private:
  struct Impl;
  explicit VideoWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hedge::media
