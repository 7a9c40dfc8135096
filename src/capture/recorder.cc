#include "capture/recorder.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <thread>

#include "base/background_thread.h"
#include "base/check.h"
#include "capture/event_writer.h"
#include "capture/hand_over.h"
#include "capture/record.h"
#include "capture/spool.h"
#include "capture/thumbnail.h"
#include "capture/trigger_gate.h"
#include "media/h264_encoder.h"

namespace hedge::capture {

using namespace std::chrono_literals;
using base::Status;
using media::Clock;

namespace {

constexpr std::size_t kOpenEventsMax = 4;
constexpr auto kPoll = 50ms;  // of the writing thread while an event is open
constexpr auto kStall = 2s;   // without new video for so long, an open event is written as it is
constexpr auto kRetry = 1s;   // between two tries to start the encoder
constexpr auto kNever = std::numeric_limits<std::int64_t>::max();

constexpr auto kBackwards = 1s;  // more than this is no disorder but another beginning

struct TimedFrame {
  media::Frame frame;
  nanoseconds time{0};
  std::int64_t video = 0;  // frames of one size, in one run of time
};

}  // namespace

struct Recorder::Impl {
  explicit Impl(RecorderOptions given) : options(std::move(given)), ring(options.config.ring_bytes_max) {
    for (const TriggerConfig& trigger : options.config.triggers)
      gates.emplace_back(
          TriggerGate::Limits{.interval_min = trigger.interval_min, .per_hour_max = trigger.per_hour_max});
  }

  // The frame's thread.
  void on_frame(const media::Frame& frame, nanoseconds time, std::span<const bool> on,
                std::span<const SeenTrack> tracks, std::span<const SeenNumber> numbers);
  void accept(std::size_t trigger, const media::Frame& frame, nanoseconds time, std::span<const SeenTrack> tracks,
              std::span<const SeenNumber> numbers);

  // The encoding thread, and the encoder's own.
  void encode();
  void encode(const TimedFrame& item);
  void end_video(const char* reason);
  void on_unit(const media::AccessUnit& unit);

  // The writing thread.
  void write();
  bool joins(const Record* record, const EventWriter& event) const;
  bool can_take(const Record* record) const;
  void take_record(Record& record);
  Status record_into_event(EventTrigger trigger, const media::Frame& frame);
  void write_open_events(const std::string& cut_short);
  void close(EventWriter& event, const std::string& cut_short);
  void publish_hold();

  int nominal_rate() const {
    const double rate = options.frames_per_second > 0 ? options.frames_per_second : 30.0;
    return static_cast<int>(std::lround(std::clamp(rate, 1.0, 240.0)));
  }
  void say(const std::string& line) const {
    if (options.log) options.log(line);
  }
  void set_error(std::string& which, const std::string& text) {
    const std::scoped_lock lock(error_mutex);
    which = text;
  }
  void event_failed(const base::Error& error) {
    ++events_failed;
    set_error(spool_error, error.message);
    say(fmt::format("an event is lost: {}", error.message));
  }

  const RecorderOptions options;
  std::string encoder_name;
  Ring ring;
  std::unique_ptr<Spool> spool;

  // Of the frame's thread.
  std::vector<TriggerGate> gates;
  nanoseconds last_time{0};
  std::int64_t video = 0;
  int last_width = 0, last_height = 0;

  // Between threads.
  NewestSlot<TimedFrame> newest;
  FewInOrder<Record, kRecordsMax> records;
  Wakeup encoder_wakeup, encoder_took, writer_wakeup;
  std::atomic<bool> stopping{false};
  std::atomic<bool> encoded_all{false};
  std::atomic<bool> cut_wanted{false};  // the video ends here: open events are written before the ring is cleared
  Wakeup cut_done;
  std::atomic<std::int64_t> hold_ns{kNever};   // open events need the ring from here
  std::atomic<std::int64_t> video_encoded{0};  // the video that the ring has
  std::atomic<int> width{0}, height{0};        // its

  // Of the encoding thread.
  std::optional<media::H264Encoder> encoder;
  Clock::time_point encoder_failed{};
  std::atomic<bool> key_wanted{false};
  const char* cut_reason = nullptr;  // read by the writing thread while `cut_wanted`

  // Of the writing thread.
  std::vector<EventWriter> open;

  std::atomic<std::int64_t> frames{0}, frames_dropped{0}, frames_out_of_order{0};
  std::atomic<std::int64_t> triggers_accepted{0}, triggers_suppressed{0}, triggers_lost{0};
  std::atomic<std::int64_t> events_written{0}, events_failed{0};
  std::atomic<std::int64_t> units{0};
  mutable std::mutex error_mutex;
  std::string spool_error, encoder_error;

  std::thread encoding, writing;
};

void Recorder::Impl::accept(std::size_t trigger, const media::Frame& frame, nanoseconds time,
                            std::span<const SeenTrack> tracks, std::span<const SeenNumber> numbers) {
  ++triggers_accepted;
  Record* record = records.free_place();
  while (record == nullptr && options.every_frame) {
    std::this_thread::sleep_for(1ms);
    record = records.free_place();
  }
  if (record == nullptr) {
    ++triggers_lost;
    return;
  }
  record->fill(trigger, frame, time, tracks, numbers);
  record->video = video;
  record->needed_from_ns = (time - options.config.triggers[trigger].pre).count();
  records.push();
  writer_wakeup.post();
}

void Recorder::Impl::on_frame(const media::Frame& frame, nanoseconds time, std::span<const bool> on,
                              std::span<const SeenTrack> tracks, std::span<const SeenNumber> numbers) {
  HEDGE_CHECK(on.size() == gates.size());
  HEDGE_CHECK(frame.owner != nullptr);
  ++frames;
  const bool backwards = video > 0 && time < last_time - kBackwards;
  if (video > 0 && time <= last_time && !backwards) {
    ++frames_out_of_order;
    return;
  }
  if (backwards)
    for (TriggerGate& gate : gates) gate.restart();
  if (backwards || frame.width != last_width || frame.height != last_height) ++video;
  last_time = time;
  last_width = frame.width;
  last_height = frame.height;
  for (std::size_t k = 0; k < gates.size(); ++k) {
    const std::int64_t before = gates[k].suppressed();
    if (gates[k].update(on[k], time)) accept(k, frame, time, tracks, numbers);
    triggers_suppressed += gates[k].suppressed() - before;
  }
  while (options.every_frame && newest.full()) encoder_took.wait_for(10ms);
  // Field by field: the name of a still image would be an allocation, and video needs none.
  TimedFrame item{.frame = {.pixels = frame.pixels,
                            .width = frame.width,
                            .height = frame.height,
                            .stride = frame.stride,
                            .index = frame.index,
                            .captured = frame.captured,
                            .owner = frame.owner},
                  .time = time,
                  .video = video};
  if (!newest.put(std::move(item))) ++frames_dropped;
  encoder_wakeup.post();
}

void Recorder::Impl::encode() {
  base::run_in_background();
  TimedFrame item;
  while (true) {
    encoder_wakeup.wait();
    const bool last = stopping;  // read before the slot: what was put before it was set is still encoded
    if (newest.take(item)) {
      encoder_took.post();
      encode(item);
      item = TimedFrame();
    }
    if (last) break;
  }
  if (encoder)
    if (const Status finished = encoder->finish(); !finished) set_error(encoder_error, finished.error().message);
  encoder.reset();
  encoded_all = true;
  writer_wakeup.post();
}

void Recorder::Impl::encode(const TimedFrame& item) {
  const auto failed = [&](const base::Error& error) {
    set_error(encoder_error, error.message);
    encoder.reset();
    encoder_failed = Clock::now();
    end_video("the encoder failed");
  };
  if (item.video != video_encoded) {
    if (encoder)
      if (const Status finished = encoder->finish(); !finished) set_error(encoder_error, finished.error().message);
    encoder.reset();
    end_video("another video begins: frames of another size, or time went back");
    encoder_failed = {};
    video_encoded = item.video;
    width = item.frame.width;
    height = item.frame.height;
    writer_wakeup.post();  // its triggers may be waiting
  }
  if (!encoder) {
    if (encoder_failed != Clock::time_point{} && Clock::now() - encoder_failed < kRetry) return;
    auto made = media::H264Encoder::create({.width = item.frame.width,
                                            .height = item.frame.height,
                                            .frames_per_second = nominal_rate(),
                                            .kbps_max = options.config.kbps(),
                                            .key_interval = options.config.key_interval,
                                            .element = encoder_name,
                                            .on_unit = [this](const media::AccessUnit& unit) { on_unit(unit); }});
    if (!made) return failed(made.error());
    encoder = std::move(*made);
  }
  if (key_wanted.exchange(false)) encoder->force_key_frame();
  if (const Status pushed = encoder->push(item.frame, item.time); !pushed) return failed(pushed.error());
  set_error(encoder_error, "");
}

/// One video has one size and one encoder.
void Recorder::Impl::end_video(const char* reason) {
  cut_reason = reason;
  cut_wanted = true;
  writer_wakeup.post();
  cut_done.wait();
  ring.clear();
}

void Recorder::Impl::on_unit(const media::AccessUnit& unit) {
  std::int64_t keep_from = (unit.time - options.config.pre_max()).count();
  // Records first, then the open events: a record becomes part of `hold_ns` before it lets go of its own.
  for (const Record& record : records.places()) keep_from = std::min(keep_from, record.needed_from_ns.load());
  keep_from = std::min(keep_from, hold_ns.load());
  if (!ring.push(unit, nanoseconds(keep_from))) key_wanted = true;
  ++units;
}

void Recorder::Impl::publish_hold() {
  std::int64_t hold = kNever;
  for (const EventWriter& event : open) hold = std::min<std::int64_t>(hold, event.needed_from().count());
  hold_ns = hold;
}

void Recorder::Impl::close(EventWriter& event, const std::string& cut_short) {
  const auto path = event.finish(encoder_name, width, height, cut_short);
  if (!path) return event_failed(path.error());
  ++events_written;
  set_error(spool_error, "");
  say(fmt::format("recorded {}{}", path->string(), cut_short.empty() ? "" : ", cut short: " + cut_short));
}

Status Recorder::Impl::record_into_event(EventTrigger trigger, const media::Frame& frame) {
  const auto picture = TRY(make_thumbnail(frame, trigger.tracks));
  const auto sharing =
      std::ranges::find_if(open, [&](const EventWriter& event) { return event.joins(trigger.config, trigger.time); });
  if (sharing != open.end()) {
    const Status added = sharing->add(std::move(trigger), picture);
    if (!added) open.erase(sharing);
    return added;
  }
  EventWriter event = TRY(EventWriter::create(*spool, options.provenance, options.config.clip_max));
  TRY(event.add(std::move(trigger), picture));
  open.push_back(std::move(event));
  return {};
}

void Recorder::Impl::take_record(Record& record) {
  EventTrigger trigger = record.to_trigger(options.config.triggers);
  if (const Status recorded = record_into_event(std::move(trigger), record.frame); !recorded)
    event_failed(recorded.error());
  publish_hold();
  record.needed_from_ns = kNever;
  record.frame = media::Frame();
}

bool Recorder::Impl::joins(const Record* record, const EventWriter& event) const {
  return record != nullptr && record->video == video_encoded &&
         event.joins(options.config.triggers[record->trigger], record->time);
}

/// A trigger beyond the events that may be open waits, with its part of the ring, until one of them is closed. One of
/// the next video waits for that.
bool Recorder::Impl::can_take(const Record* record) const {
  if (record == nullptr || record->video != video_encoded) return false;
  return open.size() < kOpenEventsMax ||
         std::ranges::any_of(open, [&](const EventWriter& event) { return joins(record, event); });
}

void Recorder::Impl::write_open_events(const std::string& cut_short) {
  for (std::size_t k = 0; k < open.size();) {
    const base::Result<bool> ended = open[k].pull(ring);
    // A trigger that came before the event's end is in the queue by the time that the ring has what came after it.
    if (ended && (joins(records.front(), open[k]) || (!*ended && cut_short.empty()))) {
      ++k;
      continue;
    }
    if (!ended)
      event_failed(ended.error());
    else
      close(open[k], *ended ? "" : cut_short);
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(k));
  }
  publish_hold();
}

void Recorder::Impl::write() {
  base::run_in_background();
  std::int64_t units_seen = 0;
  auto progress = Clock::now();
  while (true) {
    if (open.empty())
      writer_wakeup.wait();
    else
      writer_wakeup.wait_for(kPoll);
    const bool last = encoded_all;
    const bool cut = cut_wanted;
    if (open.empty() || units != units_seen) progress = Clock::now();
    units_seen = units;
    const bool stalled = Clock::now() - progress > kStall;
    const std::string reason = last ? "the stream ended" : cut ? cut_reason : stalled ? "no more frames came" : "";
    do {
      while (can_take(records.front())) {
        take_record(*records.front());
        records.pop();
      }
      write_open_events(reason);
    } while (can_take(records.front()));
    if (cut) {
      cut_wanted = false;
      cut_done.post();
    }
    if (last) break;
  }
  for (; const Record* record = records.front(); records.pop())  // no frame of its video was encoded
    event_failed({base::ErrorKind::kUnavailable,
                  fmt::format("no video of trigger '{}'", options.config.triggers[record->trigger].name)});
}

base::Result<std::unique_ptr<Recorder>> Recorder::create(RecorderOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  const CaptureConfig& config = impl->options.config;
  impl->encoder_name = TRY(media::choose_h264_encoder(config.encoder));
  impl->spool = TRY(Spool::open(config.spool, config.spool_bytes_max, impl->options.log));
  Impl* self = impl.get();
  impl->encoding = std::thread([self] { self->encode(); });
  impl->writing = std::thread([self] { self->write(); });
  return std::unique_ptr<Recorder>(new Recorder(std::move(impl)));  // NOLINT: the constructor is private
}

void Recorder::on_frame(const media::Frame& frame, nanoseconds time, std::span<const bool> on,
                        std::span<const SeenTrack> tracks, std::span<const SeenNumber> numbers) {
  impl_->on_frame(frame, time, on, tracks, numbers);
}

Status Recorder::finish() {
  if (impl_->writing.joinable()) {
    impl_->stopping = true;
    impl_->encoder_wakeup.post();
    impl_->encoding.join();
    impl_->writing.join();
  }
  if (const std::string error = stats().error; !error.empty())
    return base::fail(base::ErrorKind::kIo, "capture: {}", error);
  return {};
}

RecorderStats Recorder::stats() const {
  const Impl& impl = *impl_;
  RecorderStats stats{.frames = impl.frames,
                      .frames_dropped = impl.frames_dropped,
                      .frames_out_of_order = impl.frames_out_of_order,
                      .triggers_accepted = impl.triggers_accepted,
                      .triggers_suppressed = impl.triggers_suppressed,
                      .triggers_lost = impl.triggers_lost,
                      .events_written = impl.events_written,
                      .events_failed = impl.events_failed,
                      .events_evicted = impl.spool->evicted(),
                      .spool_bytes = impl.spool->bytes(),
                      .ring = impl.ring.extent(),
                      .encoder = impl.encoder_name};
  const std::scoped_lock lock(impl.error_mutex);
  stats.error = impl.spool_error.empty() ? impl.encoder_error : impl.spool_error;
  return stats;
}

Recorder::Recorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Recorder::~Recorder() {
  if (impl_) static_cast<void>(finish());
}

}  // namespace hedge::capture
