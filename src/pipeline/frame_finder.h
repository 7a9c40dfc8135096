// The picture that a logged frame was decided on: from the frames recorded beside the log, or from the source, read
// again. Frames are asked for in the order of the log.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "format/decision_log.h"
#include "media/source.h"

namespace hedge::pipeline {

class FrameFinder {
 public:
  /// `directory`: of the log. `source`: where the run's source lies now; empty: as the run says.
  FrameFinder(std::filesystem::path directory, const format::LogRun& run, std::string source);

  /// With index and times as they were recorded. Nothing: it was not recorded, or the recording ends before it. An
  /// error where the source cannot be read or has no such frame.
  base::Result<std::optional<media::Frame>> find(const format::LogFrame& wanted);

 private:
  base::Result<std::optional<media::Frame>> from_segment(const format::LogFrame& wanted);
  base::Result<std::optional<media::Frame>> from_source(const format::LogFrame& wanted);

  std::filesystem::path directory_;
  std::string source_name_;
  bool source_given_, source_is_live_;
  media::SourceOptions options_;
  std::unique_ptr<media::Source> source_, segment_source_;
  std::uint32_t segment_ = 0;
  std::optional<media::Frame> at_segment_, at_source_;  ///< the last frame that each gave
};

}  // namespace hedge::pipeline
