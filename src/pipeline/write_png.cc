#include "pipeline/write_png.h"

#include <vector>

#include <opencv2/imgcodecs.hpp>

#include "base/file.h"

namespace hedge::pipeline {

base::Status write_png(const std::string& path, const cv::Mat& bgr) {
  std::vector<std::uint8_t> bytes;
  if (!cv::imencode(".png", bgr, bytes))
    return base::fail(base::ErrorKind::kIo, "{}: cannot encode a picture of {}x{}", path, bgr.cols, bgr.rows);
  return base::write_file(path, std::as_bytes(std::span(bytes)));
}

}  // namespace hedge::pipeline
