#include "pipeline/draw.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "pipeline/label.h"

namespace hedge::pipeline {
namespace {

/// Bright colours that stay apart: hues a golden angle away from each other.
cv::Scalar color_of(int index) {
  const double hue = std::fmod(0.33 + 0.618033988749895 * index, 1.0) * 6.0;
  const auto channel = [&](double offset) {
    const double distance = std::fmod(hue + offset, 6.0);
    return 255.0 * std::clamp(std::abs(distance - 3.0) - 1.0, 0.0, 1.0);
  };
  return {channel(2.0), channel(4.0), channel(0.0)};
}

}  // namespace

void Picture::copy_from(const media::Frame& frame) {
  width = frame.width;
  height = frame.height;
  bytes.resize(static_cast<std::size_t>(stride()) * height);
  for (int y = 0; y < height; ++y)
    std::memcpy(bytes.data() + static_cast<std::size_t>(y) * stride(),
                frame.pixels + static_cast<std::size_t>(y) * frame.stride, stride());
}

void draw(const Prediction& prediction, const Card& card, Picture& picture) {
  cv::Mat canvas(picture.height, picture.width, CV_8UC3, picture.bytes.data());
  const double font_scale = font_scale_for(picture.height);
  const int thickness = std::clamp(picture.height / 360, 1, 6);
  const auto show = [&](const Box& box, int class_id, int track, float score) {
    const cv::Point corner(static_cast<int>(std::lround(box.x)), static_cast<int>(std::lround(box.y)));
    const cv::Size size(static_cast<int>(std::lround(box.width)), static_cast<int>(std::lround(box.height)));
    const cv::Scalar color = color_of(track >= 0 ? track : class_id);
    cv::rectangle(canvas, cv::Rect(corner, size), color, thickness, cv::LINE_AA);
    const std::string number = track >= 0 ? fmt::format(" {}", track) : "";
    draw_label(canvas, fmt::format("{}{} {:.2f}", card.label(class_id), number, score), corner.x, corner.y, font_scale,
               color);
  };
  // Things that a track holds by a box below the card's threshold; then worst first, so that the surest lies on top.
  for (const track::Track& track : prediction.tracks)
    if (track.confirmed && track.visible &&
        std::ranges::find(prediction.detections, track.id, &Detection::track) == prediction.detections.end())
      show(track.box, track.class_id, track.id, track.score);
  for (auto detection = prediction.detections.rbegin(); detection != prediction.detections.rend(); ++detection)
    show(detection->box, detection->class_id, detection->track, detection->score);
  int y = 0;
  for (std::size_t rank = 0; rank < prediction.classes.size(); ++rank) {
    const ClassScore& best = prediction.classes[rank];
    y += static_cast<int>(26 * font_scale) + 4;
    draw_label(canvas, fmt::format("{} {:.2f}", card.label(best.class_id), best.score), 2, y, font_scale,
               color_of(static_cast<int>(rank)));
  }
}

}  // namespace hedge::pipeline
