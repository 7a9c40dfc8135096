// One thing at one line: has it gone across? With a band, so that one who stands on the line and trembles counts once.
#pragma once

#include <cstdint>

#include "rules/geometry.h"

namespace hedge::rules {

enum class Crossing : std::uint8_t { kNone, kForward, kBackward };

/// Follows one anchor point. The thing is on a side once it is more than the band away from the line there; coming to
/// be on the other side is a crossing if its path last changed sides between the line's ends, not beyond them.
class CrossingState {
 public:
  Crossing update(Point from, Point to, double band, Point p);

 private:
  Point last_;
  std::int8_t clear_side_ = 0;  ///< where it was surely: -1 left, 1 right, 0 nowhere yet
  bool seen_ = false;
  bool through_ = false;  ///< the last change of sides was between the ends
};

}  // namespace hedge::rules
