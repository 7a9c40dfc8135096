#include "media/lossless_writer.h"

#include <gst/app/gstappsrc.h>

#include "media/gst.h"

namespace hedge::media {

using base::ErrorKind;
using base::fail;

struct LosslessWriter::Impl {
  std::string path;
  GstPtr<GstElement> pipeline;
  GstPtr<GstElement> input;
  GstClockTime next = 0;
  bool finished = false;

  ~Impl() {
    if (pipeline) gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  }
  base::Status check_bus() const { return to_status(look_for_error(pipeline.get())); }
  base::Status to_status(const PipelineEnd& end) const {
    if (end.error.empty()) return {};
    return fail(ErrorKind::kIo, "{}: cannot record frames: {}", path, end.error);
  }
};

base::Result<LosslessWriter> LosslessWriter::create(const std::filesystem::path& path, int width, int height) {
  TRY(init_gstreamer());
  if (!has_element("avenc_ffv1"))
    return fail(ErrorKind::kUnavailable, "{}: no lossless encoder; install gstreamer1.0-libav", path.string());
  auto impl = std::make_unique<Impl>();
  impl->path = path.string();
  // The fourth byte of BGRx carries nothing, so both conversions keep every bit. A rate only spaces the timestamps.
  impl->pipeline = TRY(parse_launch(
      fmt::format("appsrc name=hedge_in format=time block=true max-buffers=2 max-bytes=0 "
                  "caps=video/x-raw,format=BGR,width={},height={},framerate=25/1 ! videoconvert n-threads=1 ! "
                  "video/x-raw,format=BGRx ! avenc_ffv1 ! matroskamux ! filesink name=hedge_out",
                  width, height)));
  impl->input.reset(gst_bin_get_by_name(GST_BIN(impl->pipeline.get()), "hedge_in"));
  const GstPtr<GstElement> output(gst_bin_get_by_name(GST_BIN(impl->pipeline.get()), "hedge_out"));
  g_object_set(output.get(), "location", path.c_str(), nullptr);
  keep_in_background(impl->pipeline.get());
  gst_element_set_state(impl->pipeline.get(), GST_STATE_PLAYING);
  TRY(impl->check_bus());
  return LosslessWriter(std::move(impl));
}

base::Status LosslessWriter::write(const Frame& frame) {
  TRY(impl_->check_bus());
  GstBuffer* buffer = borrow_pixels(frame);
  GST_BUFFER_PTS(buffer) = impl_->next;
  GST_BUFFER_DURATION(buffer) = GST_SECOND / 25;
  impl_->next += GST_SECOND / 25;
  if (gst_app_src_push_buffer(GST_APP_SRC(impl_->input.get()), buffer) != GST_FLOW_OK) {
    TRY(impl_->check_bus());
    return fail(ErrorKind::kIo, "{}: the encoder stopped", impl_->path);
  }
  return {};
}

base::Status LosslessWriter::finish() {
  if (impl_->finished) return {};
  impl_->finished = true;
  const PipelineEnd end = end_stream(impl_->pipeline.get(), impl_->input.get(), 30 * GST_SECOND);
  gst_element_set_state(impl_->pipeline.get(), GST_STATE_NULL);
  if (!end.ended) return fail(ErrorKind::kIo, "{}: the frames could not be finished in 30 s", impl_->path);
  return impl_->to_status(end);
}

LosslessWriter::LosslessWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LosslessWriter::LosslessWriter(LosslessWriter&&) noexcept = default;
LosslessWriter& LosslessWriter::operator=(LosslessWriter&&) noexcept = default;
LosslessWriter::~LosslessWriter() = default;

}  // namespace hedge::media
