// How right tracks are: CLEAR MOT (Bernardin and Stiefelhagen 2008) and the identity metrics (Ristani et al. 2016),
// equal to PyPI's motmetrics on the same boxes; test/evaluate compares the two. docs/tracking.md says what each means.
#pragma once

#include <span>

#include "evaluate/mot_file.h"

namespace hedge::evaluate {

struct TrackCounts {
  std::int64_t frames = 0;   ///< that the truth speaks of
  std::int64_t truths = 0;   ///< boxes that count
  std::int64_t outputs = 0;  ///< boxes that count
  std::int64_t things = 0;   ///< different numbers of the truth
  std::int64_t false_positives = 0;
  std::int64_t misses = 0;
  std::int64_t switches = 0;
  std::int64_t fragmentations = 0;
  std::int64_t id_true_positives = 0;
  std::int64_t outputs_left_out = 0;  ///< in frames without truth, or on what the truth does not judge
};

/// Shares; NaN where there is nothing to divide by.
struct TrackMetrics {
  TrackCounts counts;
  double mota = 0;  ///< at most 1, and below 0 where more is wrong than there is
  double motp = 0;  ///< mean of 1 - IoU over the matches: less is better
  double idf1 = 0, idp = 0, idr = 0;
  double precision = 0, recall = 0;
};

/// Matches need an overlap of `iou_min`. Only frames with a line of truth count. A line of truth with confidence 0 is
/// none that must be found; if its class is one of MOTChallenge's distractors (2, 7, 8, 12: person on a vehicle, static
/// person, distractor, reflection), the output that the frame's best assignment gives to it is neither right nor wrong.
/// No line that counts is kInvalid; a frame or a crowd of numbers too large to assign is kResourceLimit.
base::Result<TrackMetrics> track_metrics(std::span<const TrackBox> truth, std::span<const TrackBox> output,
                                         double iou_min = 0.5);

}  // namespace hedge::evaluate
