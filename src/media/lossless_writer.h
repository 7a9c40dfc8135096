// Frames into a Matroska file without loss (FFV1): what comes out again has the same bytes, so a decision can be
// repeated on it. Its threads run in the background (background_thread.h). A file that was cut off plays up to there.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "media/frame.h"

namespace hedge::media {

class LosslessWriter {
 public:
  /// Frames must all have this size. kUnavailable names the package that lacks.
  static base::Result<LosslessWriter> create(const std::filesystem::path& path, int width, int height);
  LosslessWriter(LosslessWriter&&) noexcept;
  LosslessWriter& operator=(LosslessWriter&&) noexcept;
  ~LosslessWriter();

  /// Encodes in the background without copying the pixels; `frame.owner` keeps them. Waits while two are ahead.
  base::Status write(const Frame& frame);
  /// Waits until all is written, at most 30 s. The file is not synced.
  base::Status finish();

 private:
  struct Impl;
  explicit LosslessWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hedge::media
