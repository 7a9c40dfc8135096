#include "pipeline/video_sink.h"

#include <optional>

#include "media/video_writer.h"

namespace hedge::pipeline {
namespace {

class VideoSink final : public Sink {
 public:
  VideoSink(std::string path, double frames_per_second)
      : path_(std::move(path)), frames_per_second_(frames_per_second) {}
  bool wants_picture() const override { return true; }

  base::Status on_frame(const FrameResult& result) override {
    const Picture& picture = *result.annotated;
    if (!writer_) {
      width_ = picture.width;
      height_ = picture.height;
      writer_.emplace(TRY(media::VideoWriter::create(path_, width_, height_, frames_per_second_)));
    }
    if (picture.width != width_ || picture.height != height_)
      return base::fail(base::ErrorKind::kUnsupported, "{}: a video cannot change its size from {}x{} to {}x{}", path_,
                        width_, height_, picture.width, picture.height);
    return writer_->write(picture.bytes.data(), picture.stride());
  }
  base::Status finish() override { return writer_ ? writer_->finish() : base::Status(); }

 private:
  std::string path_;
  double frames_per_second_;
  int width_ = 0;
  int height_ = 0;
  std::optional<media::VideoWriter> writer_;
};

}  // namespace

std::unique_ptr<Sink> create_video_sink(const std::string& path, double frames_per_second) {
  return std::make_unique<VideoSink>(path, frames_per_second);
}

}  // namespace hedge::pipeline
