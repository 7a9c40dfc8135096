// One event while it is recorded: triggers join, the video is written as it comes, and at the end it appears in the
// spool. An error ends it; nothing of it stays then.
#pragma once

#include <optional>
#include <string>

#include "capture/event.h"
#include "capture/ring.h"
#include "capture/spool.h"
#include "media/mp4_writer.h"

namespace hedge::capture {

class EventWriter {
 public:
  static base::Result<EventWriter> create(Spool& spool, const Provenance& provenance, nanoseconds clip_max);

  /// Whether a trigger becomes a part of this event instead of making its own: it fires before the event's end, wants
  /// no earlier begin, and does not make the video longer than `clip_max`.
  bool joins(const TriggerConfig& config, nanoseconds time) const;
  /// Adds the trigger and its picture (JPEG), and extends the video to its end.
  base::Status add(EventTrigger trigger, std::span<const std::uint8_t> picture);

  /// Copies from the ring what is there and belongs to the video. True when nothing more does.
  base::Result<bool> pull(const Ring& ring);
  /// The oldest unit that the ring must keep for this event.
  nanoseconds needed_from() const { return needed_from_; }

  /// Makes it an event. `cut_short` says why if the video does not reach its end; kUnavailable if there is no video.
  base::Result<std::filesystem::path> finish(const std::string& encoder, int width, int height,
                                             const std::string& cut_short);

 private:
  EventWriter(Spool::Draft draft, const Provenance& provenance, nanoseconds clip_max)
      : draft_(std::move(draft)), clip_max_(clip_max) {
    event_.provenance = provenance;
  }
  base::Status write(const Ring::Unit& unit);

  Spool::Draft draft_;
  nanoseconds clip_max_;
  Event event_;
  nanoseconds begin_{0}, end_{0};  // wanted
  nanoseconds needed_from_{0};
  std::optional<std::int64_t> cursor_;
  std::optional<media::Mp4Writer> video_;
  Ring::Unit unit_;
  std::string overtaken_;
};

}  // namespace hedge::capture
