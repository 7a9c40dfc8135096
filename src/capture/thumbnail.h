// The frame of a trigger as a JPEG with the boxes of what was seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "capture/event.h"
#include "media/frame.h"

namespace hedge::capture {

/// At most 1280 pixels wide.
base::Result<std::vector<std::uint8_t>> make_thumbnail(const media::Frame& frame, std::span<const EventTrack> tracks);

}  // namespace hedge::capture
