#include "evaluate/match.h"

#include <algorithm>

namespace hedge::evaluate {

double overlap(const Rectangle& detection, const TrueBox& truth) {
  const Rectangle& other = truth.box;
  const double width = std::min(detection.x + detection.width, other.x + other.width) - std::max(detection.x, other.x);
  const double height =
      std::min(detection.y + detection.height, other.y + other.height) - std::max(detection.y, other.y);
  if (width <= 0 || height <= 0) return 0;
  const double shared = width * height;
  const double own = detection.width * detection.height;
  return shared / (truth.crowd ? own : own + other.width * other.height - shared);
}

Matcher::Matcher(std::span<const ScoredBox> detections, std::span<const TrueBox> truths)
    : detections_(detections.size()) {
  std::vector<const TrueBox*> ordered;
  for (const bool crowd : {false, true})
    for (const TrueBox& truth : truths)
      if (truth.crowd == crowd) ordered.push_back(&truth);
  for (const TrueBox* truth : ordered) {
    crowd_.push_back(truth->crowd);
    truths_counted_ += truth->crowd ? 0 : 1;
  }
  overlaps_.reserve(detections.size() * ordered.size());
  for (const ScoredBox& detection : detections)
    for (const TrueBox* truth : ordered) overlaps_.push_back(overlap(detection.box, *truth));
}

std::vector<Outcome> Matcher::outcomes(double overlap_min) const {
  constexpr double kSlack = 1e-10;  // as in COCO's tool, so that an overlap of 1 can be asked for
  const double least = std::min(overlap_min, 1 - kSlack);
  const std::size_t truths = crowd_.size();
  std::vector<bool> taken(truths);
  std::vector<Outcome> outcomes(detections_, Outcome::kWrong);
  for (std::size_t d = 0; d < detections_; ++d) {
    std::size_t best = truths;
    double best_overlap = least;
    for (std::size_t t = 0; t < truths; ++t) {
      if (taken[t] && !crowd_[t]) continue;
      if (crowd_[t] && best != truths && !crowd_[best]) break;  // only crowds follow, and a thing is found
      if (at(d, t) < best_overlap) continue;
      best = t;  // of equal overlaps the later one, as there
      best_overlap = at(d, t);
    }
    if (best == truths) continue;
    outcomes[d] = crowd_[best] ? Outcome::kIgnored : Outcome::kRight;
    taken[best] = true;
  }
  return outcomes;
}

}  // namespace hedge::evaluate
