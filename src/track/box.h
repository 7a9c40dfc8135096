// The one box of the tree.
#pragma once

namespace hedge::track {

/// Pixels of the source frame; x, y is the top left corner.
struct Box {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;
};

/// Intersection over union, 0 to 1.
float iou(const Box& a, const Box& b);

}  // namespace hedge::track
