// Between decoder and decision: the tracker gets all boxes of the decoder, whose threshold is lower than the card's for
// that; the rest of the pipeline sees as detections only what the card calls one, and the tracks.
#pragma once

#include "media/frame.h"
#include "pipeline/card.h"
#include "pipeline/prediction.h"
#include "track/tracker.h"

namespace hedge::pipeline {

class TrackStage {
 public:
  TrackStage(const track::TrackerOptions& options, float detection_score)
      : tracker_(options, detection_score),
        detection_score_(detection_score),
        looks_(options.appearance > 0),
        tracks_max_(options.tracks_max) {
    observations_.reserve(kObservationsUsual);
    ids_.reserve(kObservationsUsual);
  }

  /// The card by which the decoder must be made.
  static Card decoded_for(Card card, const track::TrackerOptions& options);

  /// `prediction.detections` best score first, as the decoder left them: numbered, cut to the detections; fills
  /// `tracks`.
  /// `light`: unsure boxes and looks are left aside (the degradation ladder's first rung): what is half hidden is lost
  /// sooner, and who crosses is told apart by place alone.
  void run(const media::Frame& frame, Prediction& prediction, bool light = false);
  int confirmed() const { return tracker_.confirmed(); }
  int tracks_max() const { return tracks_max_; }

 private:
  static constexpr std::size_t kObservationsUsual = 1000;  ///< what NMS gives at most
  track::Tracker tracker_;
  float detection_score_;
  bool looks_;  ///< whether the tracker asks for them
  int tracks_max_;
  std::vector<track::Observation> observations_;
  std::vector<int> ids_;
};

}  // namespace hedge::pipeline
