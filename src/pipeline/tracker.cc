#include "pipeline/tracker.h"

namespace hedge::pipeline {

void Tracker::update(std::vector<Detection>& detections) {
  for (Track& track : tracks_) track.matched = false;
  for (Detection& detection : detections) {  // best score first, so the surest box chooses first
    Track* best = nullptr;
    float best_iou = options_.iou_min;
    for (Track& track : tracks_) {
      if (track.matched || track.class_id != detection.class_id) continue;
      const float overlap = iou(track.box, detection.box);
      if (overlap > best_iou) {
        best = &track;
        best_iou = overlap;
      }
    }
    if (best == nullptr) {
      tracks_.push_back({next_id_++, detection.class_id, detection.box, 0, 0, false});
      best = &tracks_.back();
    }
    best->matched = true;
    best->misses = 0;
    best->box = detection.box;
    if (++best->hits == options_.hits_to_confirm) ++confirmed_;
    detection.track = best->id;
  }
  for (Track& track : tracks_)
    if (!track.matched) ++track.misses;
  std::erase_if(tracks_, [&](const Track& track) { return track.misses > options_.misses_max; });
}

}  // namespace hedge::pipeline
