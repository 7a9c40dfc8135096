// Encoded H.264 into an .mp4 that plays everywhere, without touching the pictures. Times may be uneven: each picture is
// shown until the next.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "media/h264_encoder.h"

namespace hedge::media {

class Mp4Writer {
 public:
  static base::Result<Mp4Writer> create(const std::filesystem::path& path);
  Mp4Writer(Mp4Writer&&) noexcept;
  Mp4Writer& operator=(Mp4Writer&&) noexcept;
  ~Mp4Writer();

  /// Copies the unit. The first must be a key frame, and is shown at time 0. Waits for the disk when 4 MiB are ahead.
  base::Status write(const AccessUnit& unit);
  /// Writes the index and closes. Without it the file cannot be played. The file is not synced.
  base::Status finish();

 private:
  struct Impl;
  explicit Mp4Writer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hedge::media
