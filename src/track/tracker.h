// Follows things from frame to frame by their boxes alone, as ByteTrack does (Zhang et al. 2022): sure detections
// choose among the tracks first; unsure boxes, which most trackers throw away, then keep alive what is half hidden.
// Where a track is expected comes from box_filter.h; who gets whom from assignment.h. No clock, no chance:
// the same boxes, looks and times give the same tracks bit by bit, on any machine.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "track/assignment.h"
#include "track/options.h"
#include "track/track.h"

namespace hedge::track {

class Tracker {
 public:
  /// `detection_score`: boxes from here on are detections, those below (down to options.low_score) unsure ones.
  Tracker(const TrackerOptions& options, float detection_score);

  /// The next frame, at `time`. `ids` gets the number of each observation's track, -1 where it has none; both have the
  /// same size. What is no number is left aside. A time before the last one begins a new scene: all tracks end.
  /// Allocates nothing for up to 1000 observations.
  void update(std::chrono::nanoseconds time, std::span<const Observation> observations, std::span<int> ids);

  /// All that is followed, also the unconfirmed and those out of sight; in the order of their numbers.
  std::span<const Track> tracks() const { return tracks_; }
  int confirmed() const { return confirmed_; }  ///< how many have been confirmed so far

 private:
  enum class Stage { kSure, kUnsure, kTentative };

  void forget(std::chrono::nanoseconds time);
  void expect(std::chrono::nanoseconds time);
  bool counts(const Observation& observation) const;
  void choose_observations(std::span<const Observation> observations);
  void associate(Stage stage, std::span<const Observation> observations, std::span<int> ids);
  bool takes_part(Stage stage, const Track& track) const;
  double cost(Stage stage, std::size_t track, const Observation& observation) const;
  void see(std::size_t track, const Observation& observation, bool crowded);
  void begin(std::span<const Observation> observations, std::span<int> ids);

  TrackerOptions options_;
  float detection_score_;
  std::optional<std::chrono::nanoseconds> time_;
  std::vector<Track> tracks_;
  std::vector<BoxFilter> filters_;   ///< of tracks_
  std::vector<Appearance> looks_;    ///< of tracks_
  std::vector<int> chosen_;          ///< observations that take part, best score first
  std::vector<char> crowded_;        ///< of all observations: another one covers part of it
  std::vector<int> rows_, columns_;  ///< tracks and observations of one association
  std::vector<double> costs_;
  Assignment assignment_;
  int next_id_ = 1;
  int confirmed_ = 0;
};

}  // namespace hedge::track
