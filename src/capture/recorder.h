// Records what happened around a trigger: a ring of encoded video, and events written into a spool.
//
//     frame's thread ─ on_frame ─┬─ newest frame ──▶ encoding thread ─▶ H264Encoder ─▶ ring
//                                └─ accepted triggers ──────────────▶ writing thread ◀┘ ─▶ spool
//
// The frame's thread takes no lock, allocates nothing and waits for nobody: a frame that the encoder did not take in
// time is replaced by the next (counted), and so is a trigger when kRecordsMax are waiting (counted). The pixels are
// shared through Frame::owner. Disk and encoder may fail at any time: that is a state (Stats::error) which ends when
// the next event or frame succeeds, and the frames go on.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "capture/config.h"
#include "capture/event.h"
#include "capture/ring.h"
#include "media/frame.h"

namespace hedge::capture {

inline constexpr std::size_t kRecordsMax = 8;  ///< triggers that wait for the writing thread

struct RecorderOptions {
  CaptureConfig config;
  Provenance provenance;
  double frames_per_second = 30;  ///< nominal, for the bound on the bit rate; 0 counts as 30
  /// Files that are read faster than life: on_frame waits for the encoder, so that no frame is missing in the video.
  bool every_frame = false;
  /// One line for what a person may want to know: an event was written, evicted, lost. From the writing thread.
  std::function<void(const std::string&)> log;
};

struct RecorderStats {
  std::int64_t frames = 0;               ///< given to on_frame
  std::int64_t frames_dropped = 0;       ///< replaced before the encoder took them
  std::int64_t frames_out_of_order = 0;  ///< up to 1 s earlier than another: neither recorded nor evaluated
  std::int64_t triggers_accepted = 0;
  std::int64_t triggers_suppressed = 0;  ///< edges that came too soon or too often
  std::int64_t triggers_lost = 0;        ///< accepted, but too many were waiting
  std::int64_t events_written = 0;
  std::int64_t events_failed = 0;  ///< no room, no disk, no video
  std::int64_t events_evicted = 0;
  std::uint64_t spool_bytes = 0;
  Ring::Extent ring;
  std::string encoder;
  std::string error;  ///< one line; empty while all is well
};

class Recorder {
 public:
  /// An encoder or a spool that does not work now is an error here, later a state.
  static base::Result<std::unique_ptr<Recorder>> create(RecorderOptions options);
  ~Recorder();

  /// One decided frame. `on` has the condition of each configured trigger, in their order; `time` is that of the
  /// capture clock and rises, or goes back by more than 1 s where a file begins again: that begins another video, as
  /// frames of another size do, and the triggers' limits count anew. `frame.owner` must keep the pixels. Tracks and
  /// numbers go into the events that this frame triggers.
  void on_frame(const media::Frame& frame, nanoseconds time, std::span<const bool> on,
                std::span<const SeenTrack> tracks = {}, std::span<const SeenNumber> numbers = {});

  /// No more frames: encodes what is left and writes the events that are open, with what they have. The error that
  /// stands then, if any.
  base::Status finish();

  RecorderStats stats() const;

 private:
  struct Impl;
  explicit Recorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hedge::capture
