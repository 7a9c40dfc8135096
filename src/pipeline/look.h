// What the thing in a box looks like, from the frame's pixels.
#pragma once

#include "media/frame.h"
#include "track/appearance.h"
#include "track/box.h"

namespace hedge::pipeline {

/// From at most 16 x 16 pixels of each half, of the middle of the box: its sides are mostly background. Unknown where
/// the box has no such pixel in the frame.
track::Appearance look_of(const media::Frame& frame, const track::Box& box);

}  // namespace hedge::pipeline
