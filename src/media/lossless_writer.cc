#include "media/lossless_writer.h"

#include "media/file_pipeline.h"

namespace hedge::media {

using base::ErrorKind;
using base::fail;

struct LosslessWriter::Impl {
  FilePipeline file;
  GstClockTime next = 0;
};

base::Result<LosslessWriter> LosslessWriter::create(const std::filesystem::path& path, int width, int height) {
  TRY(init_gstreamer());
  if (!has_element("avenc_ffv1"))
    return fail(ErrorKind::kUnavailable, "{}: no lossless encoder; install gstreamer1.0-libav", path.string());
  // The fourth byte of BGRx carries nothing, so both conversions keep every bit. A rate only spaces the timestamps.
  const std::string launch = fmt::format(
      "appsrc name=hedge_in format=time block=true max-buffers=2 max-bytes=0 "
      "caps=video/x-raw,format=BGR,width={},height={},framerate=25/1 ! videoconvert n-threads=1 ! "
      "video/x-raw,format=BGRx ! avenc_ffv1 ! matroskamux ! filesink name=hedge_out",
      width, height);
  constexpr FilePipeline::Words kWords{.failed = "cannot record frames",
                                       .stopped = "the encoder stopped",
                                       .unfinished = "the frames could not be finished in 30 s"};
  FilePipeline file = TRY(FilePipeline::start(path.string(), launch, kWords, true));
  return LosslessWriter(std::make_unique<Impl>(std::move(file)));
}

base::Status LosslessWriter::write(const Frame& frame) {
  TRY(impl_->file.check());
  GstBuffer* buffer = borrow_pixels(frame);
  GST_BUFFER_PTS(buffer) = impl_->next;
  GST_BUFFER_DURATION(buffer) = GST_SECOND / 25;
  impl_->next += GST_SECOND / 25;
  return impl_->file.push(buffer);
}

base::Status LosslessWriter::finish() { return impl_->file.finish(); }

LosslessWriter::LosslessWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LosslessWriter::LosslessWriter(LosslessWriter&&) noexcept = default;
LosslessWriter& LosslessWriter::operator=(LosslessWriter&&) noexcept = default;
LosslessWriter::~LosslessWriter() = default;

}  // namespace hedge::media
