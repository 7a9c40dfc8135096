// Which detections of one class in one image are right at an overlap: COCO's rules. The best score chooses first; it
// takes the free box that overlaps most. A box of a crowd is taken only where no other is, by any number of detections,
// and then the detection is neither right nor wrong.
#pragma once

#include <span>
#include <vector>

#include "evaluate/sample.h"

namespace hedge::evaluate {

struct ScoredBox {
  int class_id = 0;
  double score = 0;
  Rectangle box;
};

enum class Outcome : std::uint8_t { kWrong, kRight, kIgnored };

/// Intersection over union; over a crowd, the share of the detection that lies inside.
double overlap(const Rectangle& detection, const TrueBox& truth);

/// The detections of one class in one image against its true boxes.
class Matcher {
 public:
  /// `detections` best score first; the order of `truths` decides between equal overlaps.
  Matcher(std::span<const ScoredBox> detections, std::span<const TrueBox> truths);

  /// Outcome of each detection where a match overlaps by at least `overlap_min`.
  std::vector<Outcome> outcomes(double overlap_min) const;
  std::int64_t truths_counted() const { return truths_counted_; }  ///< those of no crowd

 private:
  double at(std::size_t detection, std::size_t truth) const { return overlaps_[detection * crowd_.size() + truth]; }

  std::size_t detections_;
  std::vector<bool> crowd_;       ///< by true box, those of crowds last
  std::vector<double> overlaps_;  ///< detections x true boxes
  std::int64_t truths_counted_ = 0;
};

}  // namespace hedge::evaluate
