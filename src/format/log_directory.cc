#include "format/log_directory.h"

#include <algorithm>
#include <charconv>

namespace hedge::format {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kPartSuffix = ".hlog", kSegmentPrefix = "frames-", kSegmentSuffix = ".mkv";

/// Files named prefix, ten digits, suffix.
Result<std::vector<LogFile>> list(const fs::path& directory, std::string_view prefix, std::string_view suffix) {
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  if (error)
    return fail(error == std::errc::no_such_file_or_directory ? ErrorKind::kNotFound : ErrorKind::kIo, "{}: {}",
                directory.string(), error.message());
  std::vector<LogFile> files;
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name.size() != prefix.size() + 10 + suffix.size() || !name.starts_with(prefix) || !name.ends_with(suffix))
      continue;
    LogFile file{.path = entries->path()};
    const char* begin = name.data() + prefix.size();
    const auto [end, problem] = std::from_chars(begin, begin + 10, file.number);
    if (problem != std::errc() || end != begin + 10) continue;
    std::error_code gone;
    file.bytes = entries->file_size(gone);
    if (!gone) files.push_back(std::move(file));
  }
  if (error) return fail(ErrorKind::kIo, "{}: {}", directory.string(), error.message());
  std::ranges::sort(files, {}, &LogFile::number);
  return files;
}

}  // namespace

fs::path part_path(const fs::path& directory, std::uint32_t number) {
  return directory / fmt::format("{:010}{}", number, kPartSuffix);
}
fs::path segment_path(const fs::path& directory, std::uint32_t number) {
  return directory / fmt::format("{}{:010}{}", kSegmentPrefix, number, kSegmentSuffix);
}

Result<std::vector<LogFile>> list_parts(const fs::path& directory) { return list(directory, "", kPartSuffix); }
Result<std::vector<LogFile>> list_segments(const fs::path& directory) {
  return list(directory, kSegmentPrefix, kSegmentSuffix);
}

int make_room(std::vector<LogFile>& files, std::uint64_t bytes_to_come, std::uint64_t bytes_max) {
  std::uint64_t sum = bytes_to_come;
  for (const LogFile& file : files) sum += file.bytes;
  int removed = 0;
  for (std::size_t k = 0; k < files.size() && sum > bytes_max;) {
    std::error_code error;
    if (!fs::remove(files[k].path, error) && error) {
      ++k;  // it stays: somebody else's problem, but never a reason to remove more than needed for ever
      continue;
    }
    sum -= files[k].bytes;
    files.erase(files.begin() + static_cast<std::ptrdiff_t>(k));
    ++removed;
  }
  return removed;
}

Result<LogParts> find_run(const fs::path& path, std::string run_id) {
  std::error_code error;
  const bool directory = fs::is_directory(path, error);
  if (!directory && !fs::exists(path, error))
    return fail(ErrorKind::kNotFound, "{}: no such decision log", path.string());
  LogParts parts{.directory = directory ? path : path.parent_path()};
  if (parts.directory.empty()) parts.directory = ".";
  auto files = TRY(list_parts(parts.directory));
  if (!directory) {
    run_id = TRY(LogReader::open(path)).run().run_id;
    // A part that was renamed or copied elsewhere stands alone.
    if (std::ranges::none_of(files, [&](const LogFile& file) { return fs::equivalent(file.path, path, error); })) {
      parts.files = {path};
      parts.begins = TRY(LogReader::open(path)).run().part == 1;
      return parts;
    }
  }
  std::optional<base::Error> problem;
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    const auto reader = LogReader::open(file->path);
    if (!reader) {  // the last part may have been cut off before it said anything
      if (!problem) problem = reader.error();
      continue;
    }
    if (run_id.empty()) run_id = reader->run().run_id;
    if (reader->run().run_id != run_id) continue;
    parts.files.insert(parts.files.begin(), file->path);
    parts.begins = reader->run().part == 1;
  }
  if (!parts.files.empty()) return parts;
  if (problem) return std::unexpected(*problem);
  if (files.empty()) return fail(ErrorKind::kNotFound, "{}: holds no decision log (*.hlog)", path.string());
  return fail(ErrorKind::kNotFound, "{}: the run {} is not there any more", path.string(), run_id);
}

Result<RunReader> RunReader::open(const LogParts& parts) {
  return RunReader(parts.files, TRY(LogReader::open(parts.files.front())));
}

Result<std::optional<LogRecord>> RunReader::next() {
  while (!ended_) {
    if (auto record = reader_.next()) return record;
    if (!reader_.damage().empty()) damages_.push_back(reader_.damage());
    ended_ = next_file_ >= files_.size();
    if (ended_) break;
    const std::uint32_t last = reader_.run().part;
    reader_ = TRY(LogReader::open(files_[next_file_++]));
    if (reader_.run().part != last + 1) return LogRecord(LogGap{.frames = -1, .first_index = -1, .last_index = -1});
  }
  return std::optional<LogRecord>();
}

}  // namespace hedge::format
