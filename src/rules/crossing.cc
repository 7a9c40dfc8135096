#include "rules/crossing.h"

namespace hedge::rules {

Crossing CrossingState::update(Point from, Point to, double band, Point p) {
  const double distance = signed_distance(from, to, p);
  if (seen_ && (side(from, to, last_) >= 0) != (distance >= 0)) through_ = segments_touch(from, to, last_, p);
  last_ = p;
  seen_ = true;
  const std::int8_t now = distance > band ? 1 : distance < -band ? -1 : 0;
  if (now == 0 || now == clear_side_) return Crossing::kNone;
  const bool crossed = clear_side_ != 0 && through_;
  clear_side_ = now;
  if (!crossed) return Crossing::kNone;
  return now > 0 ? Crossing::kForward : Crossing::kBackward;
}

}  // namespace hedge::rules
