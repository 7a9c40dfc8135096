#include "pipeline/nms.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace hedge::pipeline {
namespace {

// Candidates kept for the quadratic part: bounds the time on a frame full of noise.
constexpr std::size_t kCandidatesMax = 1000;

}  // namespace

void suppress(std::vector<Detection>& detections, float iou_max, int count_max) {
  // A broken model's NaN has no order, and sorting what has none is undefined.
  std::erase_if(detections, [](const Detection& d) {
    return !std::isfinite(d.score + d.box.x + d.box.y + d.box.width + d.box.height);
  });
  std::ranges::sort(detections, [](const Detection& a, const Detection& b) {
    return std::tuple(-a.score, a.class_id, a.box.x, a.box.y) < std::tuple(-b.score, b.class_id, b.box.x, b.box.y);
  });
  if (detections.size() > kCandidatesMax) detections.resize(kCandidatesMax);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < detections.size() && kept < static_cast<std::size_t>(count_max); ++i) {
    const Detection candidate = detections[i];
    const bool overlapped = std::any_of(
        detections.begin(), detections.begin() + static_cast<std::ptrdiff_t>(kept), [&](const Detection& better) {
          return better.class_id == candidate.class_id && iou(better.box, candidate.box) > iou_max;
        });
    if (!overlapped) detections[kept++] = candidate;
  }
  detections.resize(kept);
}

}  // namespace hedge::pipeline
