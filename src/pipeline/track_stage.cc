#include "pipeline/track_stage.h"

#include <algorithm>

#include "pipeline/look.h"

namespace hedge::pipeline {

Card TrackStage::decoded_for(Card card, const track::TrackerOptions& options) {
  // NMS takes the best score first, so lower boxes never change what becomes of the detections.
  if (card.task == Task::kDetection)
    card.output.score_threshold = std::min(card.output.score_threshold, options.low_score);
  return card;
}

void TrackStage::run(const media::Frame& frame, Prediction& prediction, bool light) {
  observations_.clear();
  for (const Detection& detection : prediction.detections) {
    if (light && !(detection.score >= detection_score_)) break;
    observations_.push_back({.box = detection.box, .score = detection.score, .class_id = detection.class_id});
    if (looks_ && !light && detection.score >= detection_score_)
      observations_.back().appearance = look_of(frame, detection.box);
  }
  ids_.resize(observations_.size());
  tracker_.update(frame.time, observations_, ids_);
  std::size_t detections = 0;
  for (Detection& detection : prediction.detections) {
    if (!(detection.score >= detection_score_)) break;
    detection.track = ids_[detections++];
  }
  prediction.detections.resize(detections);
  prediction.tracks.assign(tracker_.tracks().begin(), tracker_.tracks().end());
}

}  // namespace hedge::pipeline
