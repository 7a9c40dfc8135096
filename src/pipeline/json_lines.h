// Detections as JSON lines, one frame a line. docs/formats/detections.md is the schema.
#pragma once

#include <memory>
#include <string>

#include "pipeline/sink.h"

namespace hedge::pipeline {

/// One line without its newline.
std::string to_json_line(const FrameResult& result);

/// `path` "-" is standard output.
base::Result<std::unique_ptr<Sink>> create_json_lines_sink(const std::string& path);

}  // namespace hedge::pipeline
