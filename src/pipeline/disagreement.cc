#include "pipeline/disagreement.h"

#include <algorithm>
#include <limits>

namespace hedge::pipeline {
namespace {

constexpr float kOverlapMin = 0.5f;

/// 1 - Sørensen-Dice: of two sets of these sizes with `both` things in common.
double contradiction(std::size_t first, std::size_t other, std::size_t both) {
  if (first + other == 0) return 0;
  return 1 - 2 * static_cast<double>(both) / static_cast<double>(first + other);
}

}  // namespace

base::Result<ClassMap> ClassMap::create(const std::vector<std::string>& first, const std::vector<std::string>& other) {
  ClassMap map;
  map.shared_.resize(first.size());
  for (const std::string& label : other) {
    const auto found = std::ranges::find(first, label);
    map.to_first_.push_back(found == first.end() ? -1 : static_cast<int>(found - first.begin()));
    if (found != first.end()) map.shared_[static_cast<std::size_t>(found - first.begin())] = 1;
  }
  if (std::ranges::find(map.shared_, 1) == map.shared_.end())
    return base::fail(base::ErrorKind::kInvalid, "the two cards have no label in common");
  return map;
}

double DisagreementMeter::of_boxes(const std::vector<Detection>& first, const std::vector<Detection>& other) {
  taken_.assign(first.size(), false);
  std::size_t others = 0, both = 0;
  for (const Detection& box : other) {  // best score first
    const int class_id = classes_.to_first(box.class_id);
    if (class_id < 0) continue;
    ++others;
    std::size_t best = first.size();
    float best_overlap = kOverlapMin;
    for (std::size_t k = 0; k < first.size(); ++k) {
      if (taken_[k] || first[k].class_id != class_id) continue;
      const float overlap = track::iou(first[k].box, box.box);
      if (overlap < best_overlap || (overlap == best_overlap && best != first.size())) continue;
      best = k;
      best_overlap = overlap;
    }
    if (best == first.size()) continue;
    taken_[best] = true;
    ++both;
  }
  const auto known = std::ranges::count_if(first, [&](const Detection& box) { return classes_.shared(box.class_id); });
  return contradiction(static_cast<std::size_t>(known), others, both);
}

double DisagreementMeter::operator()(const Prediction& first, const Prediction& other) {
  if (first.classes.empty() || other.classes.empty()) return of_boxes(first.detections, other.detections);
  return first.classes[0].class_id == classes_.to_first(other.classes[0].class_id) ? 0 : 1;
}

double track_disagreement(const Prediction& prediction) {
  if (!prediction.classes.empty()) return std::numeric_limits<double>::quiet_NaN();  // nothing is followed
  const auto confirmed = static_cast<std::size_t>(std::ranges::count_if(prediction.tracks, &track::Track::confirmed));
  const auto both = static_cast<std::size_t>(std::ranges::count_if(prediction.detections, [&](const Detection& box) {
    const auto track = std::ranges::find(prediction.tracks, box.track, &track::Track::id);
    return track != prediction.tracks.end() && track->confirmed;
  }));
  return contradiction(confirmed, prediction.detections.size(), both);
}

}  // namespace hedge::pipeline
