// Where frames come from: one URI for files, directories of images, cameras, RTSP and GStreamer launch strings.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "media/frame.h"

namespace hedge::media {

struct SourceOptions {
  /// Files: deliver every frame, however slow the consumer. Live sources ignore it: there the newest frame wins.
  bool every_frame = true;
  /// Files: pace as a camera would, by the file's timestamps; the newest frame wins and the rest are dropped.
  bool realtime = false;
  /// Directories of images: how fast they were taken, for what measures motion. They are delivered as fast as they go.
  double images_per_second = 10;
  /// A source that is silent for this long is an error (kUnavailable), never a hang.
  std::chrono::milliseconds stall_timeout{5000};
  /// While next() waits it looks up so often ...
  std::chrono::milliseconds poll{100};
  /// ... whether this has turned true, and then reports the end of the stream,
  const std::atomic<bool>* stop = nullptr;
  /// ... and calls this, in the caller's thread, whenever there is still no frame.
  std::function<void()> waiting;
};

class Source {
 public:
  virtual ~Source() = default;
  /// The next frame; nothing at the end of the stream. Errors are one line that names the source.
  virtual base::Result<std::optional<Frame>> next() = 0;
  virtual std::int64_t dropped() const = 0;  ///< frames that were captured and replaced by a newer one
  virtual bool live() const = 0;
  virtual double frames_per_second() const = 0;  ///< nominal; 0 where unknown
};

/// `uri` is a video file or file:// URI, an image, a directory of images, /dev/videoN, rtsp://..., or a GStreamer
/// launch string (recognised by its '!'), to which the conversion to BGR and our sink are appended.
base::Result<std::unique_ptr<Source>> open_source(const std::string& uri, const SourceOptions& options = {});

}  // namespace hedge::media
