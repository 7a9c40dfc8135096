// A run at a glance: evenly spaced annotated frames in one PNG, however long the run turns out to be.
#pragma once

#include <memory>
#include <string>

#include "pipeline/sink.h"

namespace hedge::pipeline {

/// A sheet of 3x4 pictures, or of as many as there were frames.
std::unique_ptr<Sink> create_contact_sheet_sink(const std::string& path);

}  // namespace hedge::pipeline
