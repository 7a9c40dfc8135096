// Writes a decision log beside the frames: their thread encodes a record into a ring of fixed size and goes on; a
// thread in the background gives each record its checksum, writes it, syncs once a second and begins new parts.
//
// The frame's thread neither allocates nor waits. A record that finds no room is lost, counted, and the log itself says
// so: a gap record stands where it would have been. A disk that fails is a state that ends when a write succeeds.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "format/decision_log.h"

namespace hedge::pipeline {

struct LogWriterOptions {
  std::filesystem::path directory;              ///< made if needed; one process at a time
  std::uint64_t bytes_max = 256ull << 20;       ///< of all parts in the directory; the oldest go first
  std::size_t ring_bytes = 4u << 20;            ///< what may wait for the disk
  bool every_frame = false;                     ///< files: wait for room, so that no record is missing
  std::function<void(const std::string&)> log;  ///< one line for people; from the writing thread
};

struct LogWriterStats {
  std::int64_t frames = 0;   ///< records of frames that stand in the log
  std::int64_t lost = 0;     ///< that do not
  std::int64_t parts = 0;    ///< begun
  std::int64_t evicted = 0;  ///< older parts that had to go
  std::uint64_t bytes = 0;   ///< written
  std::string error;         ///< one line; empty while all is well
};

class LogWriter {
 public:
  /// kUnavailable while another process writes there; kUsage where `bytes_max` is too small for the run's description.
  static base::Result<std::unique_ptr<LogWriter>> create(LogWriterOptions options, format::LogRun run);
  ~LogWriter();

  /// From the frame's thread. False: the frame became part of a gap.
  bool push(const format::LogFrame& frame);
  /// One line for people, into the log too. From any other thread.
  void note(std::string text);

  /// No more frames: writes what waits, and the end. The error that stands then, if any.
  base::Status finish();

  LogWriterStats stats() const;

 private:
  struct Impl;
  explicit LogWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hedge::pipeline
