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
  /// Files: pace as a camera would, by their times; the newest frame wins and the rest are dropped (paced_source.h).
  bool realtime = false;
  /// Files: begin again at the end, time going on. Live sources have no end and ignore it.
  bool loop = false;
  /// Files: as if taken at this rate, for what paces them and what measures motion. 0: as they say; images say nothing,
  /// which counts as 10. For a live source kUsage: its rate is its own.
  double frames_per_second = 0;
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
  /// Back to the first frame, once next() has told the end. Only files can; those that cannot are kUnsupported.
  virtual base::Status rewind() { return base::fail(base::ErrorKind::kUnsupported, "this source has no beginning"); }
  virtual std::int64_t dropped() const = 0;  ///< frames that were captured and replaced by a newer one
  virtual bool live() const = 0;
  virtual double frames_per_second() const = 0;  ///< nominal; 0 where unknown
};

/// `uri` is a video file or file:// URI, an image, a directory of images, /dev/videoN, rtsp://..., or a GStreamer
/// launch string (recognised by its '!'), to which the conversion to BGR and our sink are appended.
base::Result<std::unique_ptr<Source>> open_source(const std::string& uri, const SourceOptions& options = {});

}  // namespace hedge::media
