// The annotated video: every frame that was decided on, with its boxes.
#pragma once

#include <memory>
#include <string>

#include "pipeline/sink.h"

namespace hedge::pipeline {

/// The file is created at the first frame, whose size all others must have. `frames_per_second` 0 counts as 25.
std::unique_ptr<Sink> create_video_sink(const std::string& path, double frames_per_second);

}  // namespace hedge::pipeline
