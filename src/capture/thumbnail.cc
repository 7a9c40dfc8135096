#include "capture/thumbnail.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace hedge::capture {
namespace {

constexpr int kWidthMax = 1280;  // pixels
constexpr int kQuality = 88;     // of JPEG, 0 to 100

/// A box that reaches far outside the picture, or is none, must not become an int that overflows.
int pixel(double value, int most) {
  return std::isfinite(value) ? static_cast<int>(std::lround(std::clamp<double>(value, -8, most + 8))) : 0;
}

}  // namespace

base::Result<std::vector<std::uint8_t>> make_thumbnail(const media::Frame& frame, std::span<const EventTrack> tracks) {
  const cv::Mat source(frame.height, frame.width, CV_8UC3, const_cast<std::uint8_t*>(frame.pixels),
                       static_cast<std::size_t>(frame.stride));
  const double scale = std::min(1.0, static_cast<double>(kWidthMax) / frame.width);
  cv::Mat canvas;
  if (scale < 1)
    cv::resize(source, canvas, {}, scale, scale, cv::INTER_AREA);
  else
    source.copyTo(canvas);
  const int thickness = std::clamp(canvas.rows / 360, 1, 4);
  const double font_scale = std::clamp(canvas.rows / 1000.0, 0.36, 1.0);
  const cv::Scalar yellow(0, 220, 255);
  for (const EventTrack& track : tracks) {
    const double x = static_cast<double>(track.x) * scale, y = static_cast<double>(track.y) * scale;
    const cv::Point corner(pixel(x, canvas.cols), pixel(y, canvas.rows));
    const cv::Point opposite(pixel(x + static_cast<double>(track.width) * scale, canvas.cols),
                             pixel(y + static_cast<double>(track.height) * scale, canvas.rows));
    cv::rectangle(canvas, corner, opposite, yellow, thickness, cv::LINE_AA);
    const std::string text = fmt::format("{} #{} {:.2f}", track.label, track.id, track.score);
    // Dark below bright: legible on anything.
    const cv::Point at(std::max(0, corner.x + 2), std::max(12, corner.y - 4));
    cv::putText(canvas, text, at, cv::FONT_HERSHEY_SIMPLEX, font_scale, {0, 0, 0}, thickness + 2, cv::LINE_AA);
    cv::putText(canvas, text, at, cv::FONT_HERSHEY_SIMPLEX, font_scale, yellow, thickness, cv::LINE_AA);
  }
  std::vector<std::uint8_t> bytes;
  if (!cv::imencode(".jpg", canvas, bytes, {cv::IMWRITE_JPEG_QUALITY, kQuality}))
    return base::fail(base::ErrorKind::kIo, "cannot encode a picture of {}x{}", canvas.cols, canvas.rows);
  return bytes;
}

}  // namespace hedge::capture
