#include "pipeline/frame_recording.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "base/background_thread.h"
#include "capture/hand_over.h"
#include "format/log_directory.h"
#include "media/gst.h"
#include "media/lossless_writer.h"

namespace hedge::pipeline {

using namespace std::chrono_literals;
using base::ErrorKind;
using base::fail;
using base::Status;

namespace {

constexpr std::size_t kWaitingMax = 8;  // frames that wait for the encoder: 10 MB of 768 x 576
constexpr int kSegmentsKept = 8;        // the limit is kept by whole segments
constexpr auto kRetry = 1s;             // between two segments after a failure

struct Item {
  media::Frame frame;
  std::uint32_t segment = 0;
  std::uint64_t bytes_to_come = 0;  ///< of the whole segment, at most
};

}  // namespace

struct FrameRecording::Impl {
  explicit Impl(FrameRecordingOptions given) : options(std::move(given)) {}

  void record();
  void take(const Item& item);
  Status begin(const Item& item);
  void end_segment();
  void failed(const base::Error& error);

  const FrameRecordingOptions options;
  capture::FewInOrder<Item, kWaitingMax> waiting;
  capture::Wakeup wakeup;
  std::atomic<bool> stopping{false};
  std::atomic<std::uint32_t> broken{0};  // the last segment that failed
  std::atomic<std::int64_t> recorded{0}, dropped{0};

  // Of the frame's thread.
  std::uint32_t segment = 0, ordinal = 0, segment_frames = 0;
  int width = 0, height = 0;
  media::Clock::time_point began{};

  // Of the recording thread.
  std::optional<media::LosslessWriter> writer;
  std::uint32_t written = 0;  // the segment of `writer`
  std::string error;          // read by finish(), after the thread has ended
  std::thread recording;
};

Status FrameRecording::Impl::begin(const Item& item) {
  end_segment();
  written = item.segment;
  auto files = TRY(format::list_segments(options.directory));
  format::make_room(files, item.bytes_to_come, options.bytes_max);
  writer = TRY(media::LosslessWriter::create(format::segment_path(options.directory, item.segment), item.frame.width,
                                             item.frame.height));
  return {};
}

void FrameRecording::Impl::end_segment() {
  if (writer)
    if (const Status finished = writer->finish(); !finished) failed(finished.error());
  writer.reset();
}

void FrameRecording::Impl::failed(const base::Error& problem) {
  broken = written;
  error = problem.message;
  if (options.note) options.note("frames are not recorded: " + problem.message);
}

void FrameRecording::Impl::take(const Item& item) {
  if (item.segment == broken) {
    ++dropped;
    return;
  }
  Status done;
  if (item.segment != written) done = begin(item);
  if (done) done = writer->write(item.frame);
  if (done) {
    ++recorded;
    return;
  }
  ++dropped;
  writer.reset();
  failed(done.error());
}

void FrameRecording::Impl::record() {
  base::run_in_background();
  while (true) {
    wakeup.wait();
    const bool last = stopping;  // read before the queue: what was put before it was set is still written
    while (Item* item = waiting.front()) {
      take(*item);
      item->frame = media::Frame();
      waiting.pop();
    }
    if (last) break;
  }
  end_segment();
}

base::Result<std::unique_ptr<FrameRecording>> FrameRecording::create(FrameRecordingOptions options) {
  TRY(media::init_gstreamer());
  if (!media::has_element("avenc_ffv1"))
    return fail(ErrorKind::kUnavailable, "[log] frames: no lossless encoder; install gstreamer1.0-libav");
  auto impl = std::make_unique<Impl>(std::move(options));
  const auto files = TRY(format::list_segments(impl->options.directory));
  if (!files.empty()) impl->segment = files.back().number;
  Impl* self = impl.get();
  impl->recording = std::thread([self] { self->record(); });
  return std::unique_ptr<FrameRecording>(new FrameRecording(std::move(impl)));  // NOLINT: the constructor is private
}

FrameRecording::Place FrameRecording::put(const media::Frame& frame) {
  Impl& impl = *impl_;
  Item* item = impl.waiting.free_place();
  while (item == nullptr && impl.options.every_frame) {
    std::this_thread::sleep_for(1ms);
    item = impl.waiting.free_place();
  }
  const bool broken = impl.segment > 0 && impl.broken == impl.segment;
  if (item == nullptr || frame.owner == nullptr || (broken && media::Clock::now() - impl.began < kRetry)) {
    ++impl.dropped;
    return {};
  }
  const std::uint64_t frame_bytes =
      3 * static_cast<std::uint64_t>(frame.width) * static_cast<std::uint64_t>(frame.height);
  if (broken || frame.width != impl.width || frame.height != impl.height || impl.ordinal == impl.segment_frames) {
    ++impl.segment;
    impl.ordinal = 0;
    impl.width = frame.width;
    impl.height = frame.height;
    impl.began = media::Clock::now();
    // As many as fit even where nothing can be made smaller.
    impl.segment_frames = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(impl.options.bytes_max / kSegmentsKept / frame_bytes, 1, 100000));
  }
  item->frame = {.pixels = frame.pixels,
                 .width = frame.width,
                 .height = frame.height,
                 .stride = frame.stride,
                 .index = frame.index,
                 .owner = frame.owner};
  item->segment = impl.segment;
  item->bytes_to_come = frame_bytes * impl.segment_frames;
  impl.waiting.push();
  impl.wakeup.post();
  return {.segment = impl.segment, .ordinal = impl.ordinal++};
}

Status FrameRecording::finish() {
  Impl& impl = *impl_;
  if (impl.recording.joinable()) {
    impl.stopping = true;
    impl.wakeup.post();
    impl.recording.join();
  }
  if (!impl.error.empty()) return fail(ErrorKind::kIo, "frames were not recorded: {}", impl.error);
  return {};
}

FrameRecordingStats FrameRecording::stats() const { return {.recorded = impl_->recorded, .dropped = impl_->dropped}; }

FrameRecording::FrameRecording(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

FrameRecording::~FrameRecording() {
  if (impl_) static_cast<void>(finish());
}

}  // namespace hedge::pipeline
