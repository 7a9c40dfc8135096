// Tracks as MOTChallenge writes them, a line a box: docs/formats/tracks.md.
#pragma once

#include <memory>
#include <string>

#include "pipeline/sink.h"

namespace hedge::pipeline {

/// The confirmed tracks that are seen in the frame, a line each, in the order of their numbers.
std::string to_mot_lines(const FrameResult& result);

base::Result<std::unique_ptr<Sink>> create_mot_sink(const std::string& path);

}  // namespace hedge::pipeline
