#include "media/h264_encoder.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include "media/gst.h"

namespace hedge::media {

using base::ErrorKind;
using base::fail;
using std::chrono::nanoseconds;

namespace {

/// An encoder that we know how to ask for constant quality under a bound, without B-frames. {0} is kbit/s.
struct Candidate {
  const char* element;
  const char* properties;
};
// Best first. Key frames by count are put out of reach: they are asked for by time.
constexpr std::array kCandidates = {
    Candidate{"nvh264enc", "bitrate={0} max-bitrate={0} rc-mode=vbr gop-size=-1 bframes=0 zerolatency=true"},
    Candidate{"vah264enc", "rate-control=vbr bitrate={0} b-frames=0 key-int-max=1024"},
    // superfast: 3.4 ms for a frame of 768x576 (vtest.avi on a Xeon, key frames every 10); ultrafast takes 1.5 ms and
    // 27 % more bytes, veryfast 4.1 ms and 16 % fewer. One thread: the others belong to inference.
    Candidate{"x264enc",
              "tune=zerolatency speed-preset=superfast pass=qual quantizer=23 bitrate={0} "
              "vbv-buf-capacity=1000 key-int-max=100000 threads=1 "
              "option-string=scenecut=0"},
    Candidate{"openh264enc", "rate-control=bitrate bitrate={0}000 gop-size=100000 multi-thread=1"},
};

// GStreamer's time of the first frame. x264enc moves what begins earlier to here, and then (1.22) compares key frames
// that are wanted in the one time with those that were made in the other, and makes none.
constexpr nanoseconds kFirst = std::chrono::hours(1000);

/// Whether the element opens its device: a plugin may be installed where its hardware is not.
bool opens(const char* element) {
  GstElement* made = gst_element_factory_make(element, nullptr);
  if (made == nullptr) return false;
  gst_object_ref_sink(made);
  const bool ready = gst_element_set_state(made, GST_STATE_READY) == GST_STATE_CHANGE_SUCCESS;
  gst_element_set_state(made, GST_STATE_NULL);
  gst_object_unref(made);
  return ready;
}

}  // namespace

base::Result<std::string> choose_h264_encoder(const std::string& wanted) {
  TRY(init_gstreamer());
  std::string known;
  for (const Candidate& candidate : kCandidates) {
    if (wanted == candidate.element || wanted == "auto") {
      if (opens(candidate.element)) return candidate.element;
      if (wanted != "auto")
        return fail(ErrorKind::kUnavailable, "no {} on this machine; encoder = \"auto\" takes what there is", wanted);
    }
    known += fmt::format(", {}", candidate.element);
  }
  if (wanted != "auto") return fail(ErrorKind::kUsage, "no H.264 encoder '{}'; known are: auto{}", wanted, known);
  return fail(ErrorKind::kUnavailable, "no H.264 encoder; install gstreamer1.0-plugins-ugly (x264enc)");
}

struct H264Encoder::Impl {
  H264EncoderOptions options;
  GstPtr<GstElement> pipeline;
  GstPtr<GstElement> input;
  GstPtr<GstElement> output;
  bool started = false;
  std::atomic<std::int64_t> offset_ns{0};  // from GStreamer's time to ours
  nanoseconds last_key{0};
  std::atomic<bool> key_wanted{true};

  ~Impl() {
    if (pipeline) gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  }

  base::Status check_bus() const { return to_status(look_for_error(pipeline.get())); }
  base::Status to_status(const PipelineEnd& end) const {
    if (end.error.empty()) return {};
    return fail(ErrorKind::kUnavailable, "{}: {}", options.element, end.error);
  }

  GstFlowReturn on_sample(GstAppSink* sink) {
    GstSample* sample = gst_app_sink_pull_sample(sink);
    if (sample == nullptr) return GST_FLOW_EOS;
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    const GstClockTime time =  // not the timestamp: an encoder may move that, and say so in the segment
        gst_segment_to_stream_time(gst_sample_get_segment(sample), GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    GstMapInfo map;
    if (GST_CLOCK_TIME_IS_VALID(time) && gst_buffer_map(buffer, &map, GST_MAP_READ) != 0) {
      options.on_unit({.bytes = std::as_bytes(std::span(map.data, map.size)),
                       .time = nanoseconds(static_cast<std::int64_t>(time) + offset_ns),
                       .key = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT)});
      gst_buffer_unmap(buffer, &map);
    }
    gst_sample_unref(sample);
    return GST_FLOW_OK;
  }
};

base::Result<H264Encoder> H264Encoder::create(H264EncoderOptions options) {
  TRY(init_gstreamer());
  const auto* candidate =
      std::ranges::find_if(kCandidates, [&](const Candidate& one) { return options.element == one.element; });
  if (candidate == kCandidates.end()) return fail(ErrorKind::kUsage, "no H.264 encoder '{}'", options.element);
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  const H264EncoderOptions& wanted = impl->options;
  const std::string properties = fmt::format(fmt::runtime(candidate->properties), wanted.kbps_max);
  const std::string border =
      wanted.width % 2 + wanted.height % 2 == 0
          ? ""
          : fmt::format("videobox right={} bottom={} ! ", -(wanted.width % 2), -(wanted.height % 2));
  impl->pipeline = TRY(parse_launch(fmt::format(
      "appsrc name=hedge_in format=time block=true max-buffers=1 max-bytes=0 caps=video/x-raw,format=BGR,width={},"
      "height={},framerate={}/1 ! {}videoconvert n-threads=1 ! video/x-raw,format=I420 ! {} {} ! h264parse "
      "config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=hedge_out sync=false",
      wanted.width, wanted.height, wanted.frames_per_second, border, candidate->element, properties)));
  impl->input.reset(gst_bin_get_by_name(GST_BIN(impl->pipeline.get()), "hedge_in"));
  impl->output.reset(gst_bin_get_by_name(GST_BIN(impl->pipeline.get()), "hedge_out"));
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = [](GstAppSink* from, void* self) { return static_cast<Impl*>(self)->on_sample(from); };
  gst_app_sink_set_callbacks(GST_APP_SINK(impl->output.get()), &callbacks, impl.get(), nullptr);
  keep_in_background(impl->pipeline.get());
  gst_element_set_state(impl->pipeline.get(), GST_STATE_PLAYING);
  TRY(impl->check_bus());
  return H264Encoder(std::move(impl));
}

base::Status H264Encoder::push(const Frame& frame, nanoseconds time) {
  TRY(impl_->check_bus());
  if (!std::exchange(impl_->started, true)) impl_->offset_ns = (time - kFirst).count();
  const auto at = static_cast<GstClockTime>(time.count() - impl_->offset_ns);
  if (impl_->key_wanted.exchange(false) || time - impl_->last_key >= impl_->options.key_interval) {
    impl_->last_key = time;
    // Serialized before the buffer that follows, so it is this frame that becomes the key frame.
    gst_element_send_event(impl_->input.get(), gst_video_event_new_downstream_force_key_unit(at, at, at, TRUE, 0));
  }
  GstBuffer* buffer = borrow_pixels(frame);
  GST_BUFFER_PTS(buffer) = at;
  if (gst_app_src_push_buffer(GST_APP_SRC(impl_->input.get()), buffer) != GST_FLOW_OK) {
    TRY(impl_->check_bus());
    return fail(ErrorKind::kUnavailable, "{}: the encoder stopped", impl_->options.element);
  }
  return {};
}

void H264Encoder::force_key_frame() { impl_->key_wanted = true; }

base::Status H264Encoder::finish() {
  const PipelineEnd end = end_stream(impl_->pipeline.get(), impl_->input.get(), 10 * GST_SECOND);
  if (!end.ended) return fail(ErrorKind::kUnavailable, "{}: does not finish in 10 s", impl_->options.element);
  return impl_->to_status(end);
}

H264Encoder::H264Encoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
H264Encoder::H264Encoder(H264Encoder&&) noexcept = default;
H264Encoder& H264Encoder::operator=(H264Encoder&&) noexcept = default;
H264Encoder::~H264Encoder() = default;

}  // namespace hedge::media
