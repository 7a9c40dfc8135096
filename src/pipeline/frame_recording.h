// Keeps the pictures of the frames that were decided on, without loss, so that a camera's decisions can be repeated: in
// segments of Matroska beside the decision log, on a thread of its own.
//
// The frame's thread neither allocates nor waits: a frame that finds no place is not recorded, and its record says so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "media/frame.h"

namespace hedge::pipeline {

struct FrameRecordingOptions {
  std::filesystem::path directory;
  std::uint64_t bytes_max = 4096ull << 20;  ///< of all segments; the oldest go first
  bool every_frame = false;                 ///< files: wait for a place
  std::function<void(std::string)> note;    ///< one line about a failure; from the recording thread
};

struct FrameRecordingStats {
  std::int64_t recorded = 0;  ///< given to the encoder
  std::int64_t dropped = 0;   ///< no place, or no disk
};

class FrameRecording {
 public:
  /// Where a frame will stand; segment 0: it is not recorded.
  struct Place {
    std::uint32_t segment = 0, ordinal = 0;
  };

  /// An encoder that is not installed is an error here; a disk that fails later is a note and ends that segment.
  static base::Result<std::unique_ptr<FrameRecording>> create(FrameRecordingOptions options);
  ~FrameRecording();

  Place put(const media::Frame& frame);
  /// Waits until what was put is written.
  base::Status finish();
  FrameRecordingStats stats() const;

 private:
  struct Impl;
  explicit FrameRecording(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hedge::pipeline
