#include "media/mp4_writer.h"

#include <atomic>
#include <utility>

#include <gst/app/gstappsrc.h>

#include "media/gst.h"

namespace hedge::media {

using base::ErrorKind;
using base::fail;
using std::chrono::nanoseconds;

struct Mp4Writer::Impl {
  std::string path;
  GstPtr<GstElement> pipeline;
  GstPtr<GstElement> input;
  bool started = false;
  nanoseconds first{0};
  nanoseconds last{0};
  std::atomic<std::int64_t> step_ns{40'000'000};  // between the last two units

  ~Impl() {
    if (pipeline) gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  }

  base::Status to_status(const PipelineEnd& end) const {
    if (end.error.empty()) return {};
    return fail(ErrorKind::kIo, "{}: cannot write: {}", path, end.error);
  }
  base::Status check_bus() const { return to_status(look_for_error(pipeline.get())); }

  /// The muxer shows each picture until the next one; for the last it asks for a duration, which the parser drops, and
  /// without which the picture is cut off.
  static GstPadProbeReturn set_duration(GstPad*, GstPadProbeInfo* info, void* self) {
    GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    GST_BUFFER_DURATION(buffer) = static_cast<GstClockTime>(static_cast<Impl*>(self)->step_ns.load());
    GST_PAD_PROBE_INFO_DATA(info) = buffer;
    return GST_PAD_PROBE_OK;
  }
};

base::Result<Mp4Writer> Mp4Writer::create(const std::filesystem::path& path) {
  TRY(init_gstreamer());
  auto impl = std::make_unique<Impl>();
  impl->path = path.string();
  impl->pipeline = TRY(parse_launch(
      "appsrc name=hedge_in format=time block=true max-buffers=0 max-bytes=4194304 "
      "caps=video/x-h264,stream-format=byte-stream,alignment=au ! h264parse ! mp4mux name=hedge_mux ! filesink "
      "name=hedge_out buffer-mode=full buffer-size=262144"));
  impl->input.reset(gst_bin_get_by_name(GST_BIN(impl->pipeline.get()), "hedge_in"));
  const GstPtr<GstElement> mux(gst_bin_get_by_name(GST_BIN(impl->pipeline.get()), "hedge_mux"));
  const GstPtr<GstElement> output(gst_bin_get_by_name(GST_BIN(impl->pipeline.get()), "hedge_out"));
  g_object_set(output.get(), "location", impl->path.c_str(), nullptr);
  const GstPtr<GstPad> track(gst_element_get_static_pad(mux.get(), "video_0"));
  g_object_set(track.get(), "trak-timescale", 90000u, nullptr);  // uneven times, to 11 us
  gst_pad_add_probe(track.get(), GST_PAD_PROBE_TYPE_BUFFER, Impl::set_duration, impl.get(), nullptr);
  keep_in_background(impl->pipeline.get());
  gst_element_set_state(impl->pipeline.get(), GST_STATE_PLAYING);
  TRY(impl->check_bus());
  return Mp4Writer(std::move(impl));
}

base::Status Mp4Writer::write(const AccessUnit& unit) {
  TRY(impl_->check_bus());
  if (!std::exchange(impl_->started, true))
    impl_->first = unit.time;
  else
    impl_->step_ns = (unit.time - impl_->last).count();
  impl_->last = unit.time;
  GstBuffer* buffer = gst_buffer_new_memdup(unit.bytes.data(), unit.bytes.size());
  GST_BUFFER_PTS(buffer) = GST_BUFFER_DTS(buffer) = static_cast<GstClockTime>((unit.time - impl_->first).count());
  if (!unit.key) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (gst_app_src_push_buffer(GST_APP_SRC(impl_->input.get()), buffer) == GST_FLOW_OK) return {};
  TRY(impl_->check_bus());
  return fail(ErrorKind::kIo, "{}: cannot write: the muxer stopped", impl_->path);
}

base::Status Mp4Writer::finish() {
  const PipelineEnd end = end_stream(impl_->pipeline.get(), impl_->input.get(), 60 * GST_SECOND);
  if (!end.ended) return fail(ErrorKind::kIo, "{}: could not be finished in 60 s", impl_->path);
  base::Status status = impl_->to_status(end);
  gst_element_set_state(impl_->pipeline.get(), GST_STATE_NULL);
  if (status) status = impl_->check_bus();  // filesink reports a full disk when it closes, too
  return status;
}

Mp4Writer::Mp4Writer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mp4Writer::Mp4Writer(Mp4Writer&&) noexcept = default;
Mp4Writer& Mp4Writer::operator=(Mp4Writer&&) noexcept = default;
Mp4Writer::~Mp4Writer() = default;

}  // namespace hedge::media
