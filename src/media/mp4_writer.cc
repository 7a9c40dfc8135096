#include "media/mp4_writer.h"

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
  GstBuffer* held = nullptr;  // the last unit: its duration is known when the next one comes
  nanoseconds first{0};
  nanoseconds last{0};
  nanoseconds step{40000000};  // of the last two units; the last picture is shown this long

  ~Impl() {
    if (held != nullptr) gst_buffer_unref(held);
    if (pipeline) gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  }

  base::Status to_status(GstMessage* message) const {
    if (message == nullptr) return {};
    base::Status status;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
      status = fail(ErrorKind::kIo, "{}: cannot write: {}", path, error_text(message));
    gst_message_unref(message);
    return status;
  }
  base::Status check_bus() const {
    const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
    return to_status(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
  }
  base::Status push_held() {
    if (held == nullptr) return {};
    GST_BUFFER_DURATION(held) = static_cast<GstClockTime>(step.count());
    if (gst_app_src_push_buffer(GST_APP_SRC(input.get()), std::exchange(held, nullptr)) == GST_FLOW_OK) return {};
    TRY(check_bus());
    return fail(ErrorKind::kIo, "{}: cannot write: the muxer stopped", path);
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
  if (const GstPtr<GstPad> track(gst_element_get_static_pad(mux.get(), "video_0")); track)
    g_object_set(track.get(), "trak-timescale", 90000u, nullptr);  // uneven times, to 11 us
  keep_in_background(impl->pipeline.get());
  gst_element_set_state(impl->pipeline.get(), GST_STATE_PLAYING);
  TRY(impl->check_bus());
  return Mp4Writer(std::move(impl));
}

base::Status Mp4Writer::write(const AccessUnit& unit) {
  TRY(impl_->check_bus());
  if (impl_->held == nullptr)
    impl_->first = unit.time;
  else
    impl_->step = unit.time - impl_->last;
  TRY(impl_->push_held());
  impl_->last = unit.time;
  GstBuffer* buffer = gst_buffer_new_memdup(unit.bytes.data(), unit.bytes.size());
  GST_BUFFER_PTS(buffer) = GST_BUFFER_DTS(buffer) = static_cast<GstClockTime>((unit.time - impl_->first).count());
  if (!unit.key) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  impl_->held = buffer;
  return {};
}

base::Status Mp4Writer::finish() {
  TRY(impl_->push_held());
  gst_app_src_end_of_stream(GST_APP_SRC(impl_->input.get()));
  const GstPtr<GstBus> bus(gst_element_get_bus(impl_->pipeline.get()));
  GstMessage* message = gst_bus_timed_pop_filtered(bus.get(), 60 * GST_SECOND,
                                                   static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  if (message == nullptr) return fail(ErrorKind::kIo, "{}: could not be finished in 60 s", impl_->path);
  base::Status status = impl_->to_status(message);
  gst_element_set_state(impl_->pipeline.get(), GST_STATE_NULL);
  if (status) status = impl_->check_bus();  // filesink reports a full disk when it closes, too
  return status;
}

Mp4Writer::Mp4Writer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mp4Writer::Mp4Writer(Mp4Writer&&) noexcept = default;
Mp4Writer& Mp4Writer::operator=(Mp4Writer&&) noexcept = default;
Mp4Writer::~Mp4Writer() = default;

}  // namespace hedge::media
