#include "media/image_source.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <utility>
#include <vector>

#include <opencv2/imgcodecs.hpp>

#include "base/file.h"

namespace hedge::media {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

constexpr std::uint64_t kImageBytesMax = 256u << 20;  // a 16k x 16k JPEG; OpenCV bounds the decoded pixels itself

class ImageSource final : public Source {
 public:
  ImageSource(std::vector<fs::path> files, const SourceOptions& options)
      : files_(std::move(files)), options_(options) {}

  base::Result<std::optional<Frame>> next() override {
    const bool stopped = options_.stop != nullptr && options_.stop->load();
    if (stopped || next_ == files_.size()) return std::optional<Frame>();
    Frame frame = TRY(load_image(files_[next_].string()));
    frame.index = produced_++;
    frame.time = kImageInterval * next_++;
    return std::optional<Frame>(std::move(frame));
  }
  base::Status rewind() override {
    next_ = 0;
    return {};
  }
  std::int64_t dropped() const override { return 0; }
  bool live() const override { return false; }
  double frames_per_second() const override { return 0; }

 private:
  std::vector<fs::path> files_;
  SourceOptions options_;
  std::size_t next_ = 0;
  std::int64_t produced_ = 0;
};

}  // namespace

bool is_image_name(const std::string& path) {
  constexpr std::array kExtensions = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".ppm", ".pgm", ".tif", ".tiff"};
  std::string extension = fs::path(path).extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::find(kExtensions, extension) != kExtensions.end();
}

base::Result<Frame> load_image(const std::string& path) {
  const std::vector<std::byte> bytes = TRY(base::read_file(path, kImageBytesMax));
  auto image = std::make_shared<cv::Mat>();
  if (!bytes.empty()) {
    const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<std::byte*>(bytes.data()));
    try {
      *image = cv::imdecode(encoded, cv::IMREAD_COLOR);
    } catch (const cv::Exception&) {  // a header that claims more pixels than OpenCV allows
      image->release();
    }
  }
  if (image->empty()) return fail(ErrorKind::kInvalid, "{}: not an image that can be decoded", path);
  Frame frame{.pixels = image->data,
              .width = image->cols,
              .height = image->rows,
              .stride = static_cast<int>(image->step[0]),
              .captured = Clock::now(),
              .name = fs::path(path).filename().string()};
  frame.owner = std::move(image);
  return frame;
}

base::Result<std::unique_ptr<Source>> open_image_source(const std::string& path, const SourceOptions& options) {
  std::vector<fs::path> files;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error))
      if (is_image_name(entry->path().string())) files.push_back(entry->path());
    if (error) return fail(ErrorKind::kIo, "{}: cannot list: {}", path, error.message());
    std::ranges::sort(files);
    if (files.empty()) return fail(ErrorKind::kNotFound, "{}: no images in this directory", path);
  } else {
    files.emplace_back(path);
  }
  return std::make_unique<ImageSource>(std::move(files), options);
}

}  // namespace hedge::media
