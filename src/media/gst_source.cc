#include "media/gst_source.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

#include "base/thread_class.h"
#include "media/gst.h"
#include "media/mailbox.h"

namespace hedge::media {
namespace {

using base::ErrorKind;
using base::fail;

// max-buffers=1 drop=true is only the sink's own waiting room: its callback empties it at once into the mailbox, which
// decides what happens to a frame that nobody has taken yet.
constexpr const char* kSinkTail =
    "videoconvert n-threads=1 ! video/x-raw,format=BGR ! appsink name=hedge_sink max-buffers=1 ";

/// A mapped GStreamer frame, unmapped when the last Frame that borrows it goes.
struct MappedSample {
  explicit MappedSample(GstSample* taken) : sample(taken) {
    GstVideoInfo info;
    const GstCaps* caps = gst_sample_get_caps(sample);
    mapped = caps != nullptr && gst_video_info_from_caps(&info, caps) != 0 &&
             gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ) != 0;
  }
  MappedSample(const MappedSample&) = delete;
  MappedSample& operator=(const MappedSample&) = delete;
  ~MappedSample() {
    if (mapped) gst_video_frame_unmap(&frame);
    gst_sample_unref(sample);
  }
  GstSample* sample;
  GstVideoFrame frame;
  bool mapped = false;
};

class GstSource final : public Source {
 public:
  GstSource(std::string name, GstPtr<GstElement> pipeline, bool is_live, Delivery delivery,
            const SourceOptions& options)
      : name_(std::move(name)), pipeline_(std::move(pipeline)), live_(is_live), options_(options), mailbox_(delivery) {}

  ~GstSource() override {
    mailbox_.close();  // frees a capturing thread that waits in put()
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    const GstPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
    gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
  }

  base::Status start() {
    const GstPtr<GstElement> sink(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "hedge_sink"));
    GstAppSinkCallbacks callbacks{};
    callbacks.eos = [](GstAppSink*, void* self) { static_cast<GstSource*>(self)->mailbox_.close(); };
    callbacks.new_sample = [](GstAppSink* from, void* self) { return static_cast<GstSource*>(self)->on_sample(from); };
    gst_app_sink_set_callbacks(GST_APP_SINK(sink.get()), &callbacks, this, nullptr);
    const GstPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
    gst_bus_set_sync_handler(bus.get(), on_message, this, nullptr);
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    // The first frame proves that the source works, so that a wrong file or camera fails here and not in the loop.
    auto first = next();
    if (!first) return std::unexpected(first.error());
    if (!*first && !stopped()) return fail(ErrorKind::kInvalid, "{}: holds no video frame", name_);
    pending_ = std::move(*first);
    return {};
  }

  base::Result<std::optional<Frame>> next() override {
    if (pending_) return std::exchange(pending_, std::nullopt);
    const auto give_up = Clock::now() + options_.stall_timeout;
    while (!stopped()) {
      bool ended = false;
      auto frame = TRY(mailbox_.take(options_.poll, ended));
      if (frame || ended) return frame;
      if (options_.waiting) options_.waiting();
      if (Clock::now() >= give_up)
        return fail(ErrorKind::kUnavailable, "{}: no frame for {} ms; is it still connected?", name_,
                    options_.stall_timeout.count());
    }
    return std::optional<Frame>();
  }

  base::Status rewind() override {
    mailbox_.reopen();
    const auto flags = static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT);
    if (gst_element_seek_simple(pipeline_.get(), GST_FORMAT_TIME, flags, 0) == 0)
      return fail(ErrorKind::kUnavailable, "{}: does not go back to its beginning", name_);
    return {};
  }
  /// Whether rewind() can work.
  bool seekable() const {
    const std::unique_ptr<GstQuery, void (*)(GstQuery*)> query(gst_query_new_seeking(GST_FORMAT_TIME),
                                                               [](GstQuery* of) { gst_query_unref(of); });
    gboolean can = 0;
    if (gst_element_query(pipeline_.get(), query.get()) != 0)
      gst_query_parse_seeking(query.get(), nullptr, &can, nullptr, nullptr);
    return can != 0;
  }

  std::int64_t dropped() const override { return mailbox_.dropped(); }
  bool live() const override { return live_; }
  const std::string& name() const { return name_; }
  double frames_per_second() const override { return frames_per_second_; }

 private:
  bool stopped() const { return options_.stop != nullptr && options_.stop->load(); }

  GstFlowReturn on_sample(GstAppSink* sink) {
    const auto arrived = Clock::now();
    GstSample* taken = gst_app_sink_pull_sample(sink);
    if (taken == nullptr) return GST_FLOW_EOS;
    auto sample = std::make_shared<MappedSample>(taken);
    if (!sample->mapped) return GST_FLOW_ERROR;
    const GstVideoInfo& info = sample->frame.info;
    if (info.fps_d > 0) frames_per_second_ = static_cast<double>(info.fps_n) / info.fps_d;
    // Stream time, not the raw timestamp: a file with B-frames does not begin at zero.
    const GstClockTime position = gst_segment_to_stream_time(gst_sample_get_segment(taken), GST_FORMAT_TIME,
                                                             GST_BUFFER_PTS(gst_sample_get_buffer(taken)));
    const std::chrono::nanoseconds stream_time(GST_CLOCK_TIME_IS_VALID(position) ? position : 0);
    Frame frame{.pixels = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&sample->frame, 0)),
                .width = info.width,
                .height = info.height,
                .stride = GST_VIDEO_FRAME_PLANE_STRIDE(&sample->frame, 0),
                .index = produced_++,
                .captured = arrived,
                .stream_time = stream_time,
                .time = live_ ? arrived.time_since_epoch() : stream_time,
                .owner = sample};
    return mailbox_.put(std::move(frame)) ? GST_FLOW_OK : GST_FLOW_EOS;
  }

  static GstBusSyncReply on_message(GstBus*, GstMessage* message, void* self) {
    auto* source = static_cast<GstSource*>(self);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_STREAM_STATUS) {
      GstStreamStatusType type;
      gst_message_parse_stream_status(message, &type, nullptr);
      if (type == GST_STREAM_STATUS_TYPE_ENTER) base::become(source->class_);  // the thread that enters makes this call
    }
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
      source->mailbox_.close(
          base::Error{ErrorKind::kUnavailable, fmt::format("{}: {}", source->name_, error_text(message))});
    gst_message_unref(message);
    return GST_BUS_DROP;
  }

  const std::string name_;
  GstPtr<GstElement> pipeline_;
  const bool live_;
  const SourceOptions options_;
  // Threads come out of a pool in which they may have worked for others. Below the opener: who decides on a frame goes
  // before who decodes the next.
  const base::ThreadClass class_ = base::thread_class().below();
  Mailbox<Frame> mailbox_;
  std::optional<Frame> pending_;  // consumer's thread only
  std::int64_t produced_ = 0;     // capturing thread only
  std::atomic<double> frames_per_second_{0};
};

base::Result<std::unique_ptr<Source>> start(std::string name, GstPtr<GstElement> pipeline, bool live, Delivery delivery,
                                            const SourceOptions& options) {
  auto source = std::make_unique<GstSource>(std::move(name), std::move(pipeline), live, delivery, options);
  TRY(source->start());
  if (!live && options.loop && !source->seekable())
    return fail(ErrorKind::kUnsupported,
                "{}: cannot go back to its beginning, so not in a loop: give an .mp4, .mkv or .avi", source->name());
  return source;
}

void set_string(GstElement* pipeline, const char* element, const char* property, const std::string& value) {
  const GstPtr<GstElement> target(gst_bin_get_by_name(GST_BIN(pipeline), element));
  g_object_set(target.get(), property, value.c_str(), nullptr);
}

}  // namespace

base::Result<std::unique_ptr<Source>> open_file_source(const std::string& path, const SourceOptions& options) {
  auto pipeline = TRY(parse_launch(fmt::format("filesrc name=hedge_src ! decodebin ! {} sync=false", kSinkTail)));
  set_string(pipeline.get(), "hedge_src", "location", path);
  const bool lossless = options.every_frame || options.realtime;  // what is paced is dropped by who paces it
  auto source =
      start(path, std::move(pipeline), false, lossless ? Delivery::kLossless : Delivery::kNewestWins, options);
  if (!source && source.error().kind == ErrorKind::kUnavailable)  // a file does not come back by waiting
    return fail(ErrorKind::kInvalid, "{}; is it a video that GStreamer can decode?", source.error().message);
  return source;
}

base::Result<std::unique_ptr<Source>> open_camera_source(const std::string& device, const SourceOptions& options) {
  std::error_code ignored;
  if (!std::filesystem::exists(device, ignored))
    return fail(ErrorKind::kNotFound, "{}: no such camera; `ls /dev/video*` lists what is there", device);
  auto pipeline = TRY(parse_launch(fmt::format("v4l2src name=hedge_src ! decodebin ! {} sync=false", kSinkTail)));
  set_string(pipeline.get(), "hedge_src", "device", device);
  return start(device, std::move(pipeline), true, Delivery::kNewestWins, options);
}

base::Result<std::unique_ptr<Source>> open_rtsp_source(const std::string& uri, const SourceOptions& options) {
  // Only the video stream is exposed; TCP because a lost UDP packet costs a whole group of pictures.
  auto pipeline = TRY(parse_launch(
      fmt::format("uridecodebin name=hedge_src caps=video/x-raw expose-all-streams=false ! {} sync=false", kSinkTail)));
  set_string(pipeline.get(), "hedge_src", "uri", uri);
  const GstPtr<GstElement> decoder(gst_bin_get_by_name(GST_BIN(pipeline.get()), "hedge_src"));
  const auto on_setup = +[](GstElement*, GstElement* rtsp, void*) {
    gst_util_set_object_arg(G_OBJECT(rtsp), "protocols", "tcp");
    gst_util_set_object_arg(G_OBJECT(rtsp), "latency", "0");
  };
  g_signal_connect(decoder.get(), "source-setup", G_CALLBACK(on_setup), nullptr);
  return start(uri, std::move(pipeline), true, Delivery::kNewestWins, options);
}

base::Result<std::unique_ptr<Source>> open_launch_source(const std::string& launch, const SourceOptions& options) {
  auto pipeline = TRY(parse_launch(fmt::format("{} ! {} sync=false", launch, kSinkTail)));
  return start(launch, std::move(pipeline), true, Delivery::kNewestWins, options);
}

}  // namespace hedge::media
