#include "pipeline/mot_sink.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace hedge::pipeline {
namespace {

using base::ErrorKind;
using base::fail;

class MotSink final : public Sink {
 public:
  MotSink(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  ~MotSink() override {
    if (file_ != nullptr) std::fclose(file_);
  }
  base::Status on_frame(const FrameResult& result) override {
    const std::string lines = to_mot_lines(result);
    if (std::fwrite(lines.data(), 1, lines.size(), file_) != lines.size()) return cannot_write();
    return {};
  }
  base::Status finish() override {
    std::FILE* file = std::exchange(file_, nullptr);
    if (file != nullptr && std::fclose(file) != 0) return cannot_write();
    return {};
  }

 private:
  base::Status cannot_write() const {
    return fail(ErrorKind::kIo, "{}: cannot write: {}", path_, std::strerror(errno));
  }

  std::string path_;
  std::FILE* file_;
};

}  // namespace

std::string to_mot_lines(const FrameResult& result) {
  std::string lines;
  for (const track::Track& track : result.prediction.tracks) {
    if (!track.confirmed || !track.visible) continue;
    const Box& box = track.box;
    lines += fmt::format("{},{},{:.2f},{:.2f},{:.2f},{:.2f},{:.4f},-1,-1,-1\n", result.frame.index + 1, track.id, box.x,
                         box.y, box.width, box.height, track.score);
  }
  return lines;
}

base::Result<std::unique_ptr<Sink>> create_mot_sink(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return fail(ErrorKind::kIo, "{}: cannot create: {}", path, std::strerror(errno));
  return std::make_unique<MotSink>(path, file);
}

}  // namespace hedge::pipeline
