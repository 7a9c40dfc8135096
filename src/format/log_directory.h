// The files of decision logs in one directory: "0000000003.hlog" is a part, "frames-0000000003.mkv" a segment of
// recorded frames. Numbers rise and are never used again while a file is there, so they are the order of age.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "format/decision_log.h"

namespace hedge::format {

struct LogFile {
  std::uint32_t number = 0;
  std::filesystem::path path;
  std::uint64_t bytes = 0;
};

std::filesystem::path part_path(const std::filesystem::path& directory, std::uint32_t number);
std::filesystem::path segment_path(const std::filesystem::path& directory, std::uint32_t number);

/// Oldest first. Other files of the directory are nobody's business.
base::Result<std::vector<LogFile>> list_parts(const std::filesystem::path& directory);
base::Result<std::vector<LogFile>> list_segments(const std::filesystem::path& directory);

/// Removes the oldest until the rest and `bytes_to_come` are at most `bytes_max`; how many went.
int make_room(std::vector<LogFile>& files, std::uint64_t bytes_to_come, std::uint64_t bytes_max);

/// The parts of one run that are left, in order.
struct LogParts {
  std::filesystem::path directory;
  std::vector<std::filesystem::path> files;
  bool begins = false;  ///< the first part is the run's first
};

/// `path`: a directory, then the newest run in it, or the one with this id; or a part, then its run.
base::Result<LogParts> find_run(const std::filesystem::path& path, std::string run_id = "");

/// All records of a run, part after part.
class RunReader {
 public:
  static base::Result<RunReader> open(const LogParts& parts);
  const LogRun& run() const { return run_; }
  /// The next record; nothing at the end. A part that is missing in between is a LogGap of unknown size (frames = -1).
  base::Result<std::optional<LogRecord>> next();
  /// What could not be read, a line each.
  const std::vector<std::string>& damages() const { return damages_; }

 private:
  explicit RunReader(std::vector<std::filesystem::path> files, LogReader reader)
      : files_(std::move(files)), reader_(std::move(reader)), run_(reader_.run()) {}

  std::vector<std::filesystem::path> files_;
  std::size_t next_file_ = 1;
  bool ended_ = false;
  LogReader reader_;
  LogRun run_;
  std::vector<std::string> damages_;
};

}  // namespace hedge::format
