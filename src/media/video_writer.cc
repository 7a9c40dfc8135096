#include "media/video_writer.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "media/file_pipeline.h"

namespace hedge::media {

using base::ErrorKind;
using base::fail;

struct VideoWriter::Impl {
  FilePipeline file;
  int width = 0;
  int height = 0;
  GstClockTime frame_duration = 0;
  GstClockTime next_pts = 0;
};

namespace {

base::Result<std::string> encoder_and_muxer(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".avi") return std::string("jpegenc quality=85 ! avimux");
  if (extension != ".mp4" && extension != ".mkv")
    return fail(ErrorKind::kUsage, "{}: the video's name must end in .mp4, .mkv or .avi", path);
  if (!has_element("x264enc"))
    return fail(ErrorKind::kUnavailable, "{}: no H.264 encoder; install gstreamer1.0-plugins-ugly or write .avi", path);
  return fmt::format("x264enc speed-preset=veryfast pass=quant quantizer=23 ! h264parse ! {}",
                     extension == ".mp4" ? "mp4mux faststart=true" : "matroskamux");
}

}  // namespace

base::Result<VideoWriter> VideoWriter::create(const std::string& path, int width, int height,
                                              double frames_per_second) {
  TRY(init_gstreamer());
  const std::string encode = TRY(encoder_and_muxer(path));
  const auto rate = static_cast<int>(std::clamp(frames_per_second > 0 ? frames_per_second : 25.0, 1.0, 240.0) * 1000);
  // H.264 4:2:0 needs even sizes: odd ones get a border of one pixel.
  const std::string launch = fmt::format(
      "appsrc name=hedge_in format=time block=true max-buffers=8 caps=video/x-raw,format=BGR,width={},height={},"
      "framerate={}/1000 ! videobox right={} bottom={} ! videoconvert ! video/x-raw,format=I420 ! {} ! filesink "
      "name=hedge_out",
      width, height, rate, -(width % 2), -(height % 2), encode);
  constexpr FilePipeline::Words kWords{.failed = "cannot write the video",
                                       .stopped = "the video encoder stopped",
                                       .unfinished = "the video could not be finished in 30 s"};
  FilePipeline file = TRY(FilePipeline::start(path, launch, kWords, false));
  return VideoWriter(std::make_unique<Impl>(std::move(file), width, height,
                                            gst_util_uint64_scale(GST_SECOND, 1000, static_cast<guint64>(rate))));
}

base::Status VideoWriter::write(const std::uint8_t* bgr, int stride) {
  TRY(impl_->file.check());
  const int row_bytes = impl_->width * 3;
  const int padded_row = (row_bytes + 3) / 4 * 4;  // GStreamer's default row alignment for BGR
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, static_cast<gsize>(padded_row) * impl_->height, nullptr);
  GstMapInfo map;
  gst_buffer_map(buffer, &map, GST_MAP_WRITE);
  for (int y = 0; y < impl_->height; ++y)
    std::memcpy(map.data + static_cast<std::size_t>(y) * padded_row, bgr + static_cast<std::size_t>(y) * stride,
                static_cast<std::size_t>(row_bytes));
  gst_buffer_unmap(buffer, &map);
  GST_BUFFER_PTS(buffer) = impl_->next_pts;
  GST_BUFFER_DURATION(buffer) = impl_->frame_duration;
  impl_->next_pts += impl_->frame_duration;
  return impl_->file.push(buffer);
}

base::Status VideoWriter::finish() { return impl_->file.finish(); }

VideoWriter::VideoWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;
VideoWriter::~VideoWriter() = default;

}  // namespace hedge::media
