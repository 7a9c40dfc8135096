#include "capture/event_writer.h"

#include <algorithm>

#include "base/file.h"
#include "capture/spool_names.h"

namespace hedge::capture {

using base::ErrorKind;
using base::fail;

namespace {

constexpr std::size_t kTriggersMax = 16;          // of one event
constexpr std::uint64_t kIndexBytes = 64;         // of the .mp4 and of event.json, for each picture
constexpr std::uint64_t kFixedBytes = 32 * 1024;  // directory, event.json, manifest.json, the heads of the .mp4

}  // namespace

base::Result<EventWriter> EventWriter::create(Spool& spool, const Provenance& provenance, nanoseconds clip_max) {
  EventWriter writer(TRY(spool.begin()), provenance, clip_max);
  writer.event_.uuid = random_uuid();
  return writer;
}

bool EventWriter::joins(const TriggerConfig& config, nanoseconds time) const {
  return event_.triggers.size() < kTriggersMax && time <= end_ && time - config.pre >= begin_ &&
         std::max(end_, time + config.post) - begin_ <= clip_max_;
}

base::Status EventWriter::add(EventTrigger trigger, std::span<const std::uint8_t> picture) {
  const bool first = event_.triggers.empty();
  if (first) needed_from_ = begin_ = trigger.time - trigger.config.pre;
  end_ = first ? trigger.time + trigger.config.post : std::max(end_, trigger.time + trigger.config.post);
  trigger.picture = fmt::format("trigger-{}.jpg", event_.triggers.size() + 1);
  const std::string name = trigger.picture;
  event_.triggers.push_back(std::move(trigger));
  TRY(draft_.reserve(picture.size() + (first ? kFixedBytes : 0), event_.priority()));
  return base::write_file(draft_.directory() / name, std::as_bytes(picture));
}

base::Status EventWriter::write(const Ring::Unit& unit) {
  if (!video_) video_ = TRY(media::Mp4Writer::create(draft_.directory() / kClipFile));
  TRY(draft_.reserve(unit.bytes.size() + kIndexBytes, event_.priority()));
  TRY(video_->write({.bytes = unit.bytes, .time = unit.time, .key = unit.key}));
  event_.clip.times.push_back(unit.time);
  return {};
}

base::Result<bool> EventWriter::pull(const Ring& ring) {
  if (!cursor_) cursor_ = ring.find(begin_);
  while (cursor_) {
    switch (ring.read(*cursor_, unit_)) {
      case Ring::Read::kNotYet: return false;
      case Ring::Read::kOvertaken:
        if (event_.clip.times.empty()) {  // its begin has just gone: take the next that is there
          cursor_ = ring.find(begin_);
          continue;
        }
        overtaken_ = "the ring went on without the disk, or the frames changed their size";
        return true;
      case Ring::Read::kUnit: break;
    }
    if (unit_.time > end_ && !event_.clip.times.empty()) return true;
    TRY(write(unit_));
    needed_from_ = unit_.time;
    ++*cursor_;
  }
  return false;
}

base::Result<std::filesystem::path> EventWriter::finish(const std::string& encoder, int width, int height,
                                                        const std::string& cut_short) {
  if (!video_) return fail(ErrorKind::kUnavailable, "no video of trigger '{}'", event_.triggers.front().config.name);
  TRY(video_->finish());
  event_.clip.encoder = encoder;
  event_.clip.width = width;
  event_.clip.height = height;
  event_.clip.cut_short = !overtaken_.empty() ? overtaken_ : cut_short;
  const EventTrigger& first = event_.triggers.front();
  std::string utc = to_utc(first.wall);  // 2026-11-25T00:12:21.123Z -> 20261125T001221Z
  std::erase_if(utc, [](char c) { return c == '-' || c == ':'; });
  utc = utc.substr(0, 15) + "Z";
  const EventName name{
      .sequence = draft_.sequence(), .utc = utc, .priority = event_.priority(), .trigger = first.config.name};
  event_.id = name.to_string();
  TRY(base::write_file(draft_.directory() / kEventFile, to_json(event_)));
  return draft_.commit(name);
}

}  // namespace hedge::capture
