#include "capture/spool.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/file.h"
#include "capture/spool_names.h"

namespace hedge::capture {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

Spool::Spool(fs::path path, std::uint64_t bytes_max, std::function<void(const std::string&)> log, int lock)
    : path_(std::move(path)), bytes_max_(bytes_max), log_(std::move(log)), lock_(lock) {}

Spool::~Spool() { ::close(lock_); }

base::Result<std::unique_ptr<Spool>> Spool::open(const fs::path& path, std::uint64_t bytes_max,
                                                 std::function<void(const std::string&)> log) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail(ErrorKind::kIo, "{}: cannot make the spool: {}", path.string(), error.message());
  const int lock = ::open((path / kLockFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) return fail(ErrorKind::kIo, "{}: cannot write to the spool: {}", path.string(), std::strerror(errno));
  std::unique_ptr<Spool> spool(new Spool(path, bytes_max, std::move(log), lock));  // NOLINT: the constructor is private
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorKind::kUnavailable, "{}: another process writes to this spool", path.string());
  std::vector<fs::path> leftovers;
  for (fs::directory_iterator entries(path, error); !error && entries != fs::directory_iterator();
       entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name.starts_with(kComingPrefix) || name.starts_with(kLeavingPrefix)) leftovers.push_back(entries->path());
  }
  for (const fs::path& leftover : leftovers) fs::remove_all(leftover, error);
  if (error) return fail(ErrorKind::kIo, "{}: cannot clean up the spool: {}", path.string(), error.message());
  TRY(spool->read_index());
  return spool;
}

base::Status Spool::read_index() {
  events_ = TRY(list_events(path_));
  std::uint64_t bytes = draft_bytes_;
  for (const StoredEvent& event : events_) {
    bytes += event.bytes;
    next_sequence_ = std::max(next_sequence_, event.name.sequence + 1);
  }
  bytes_ = bytes;
  return {};
}

base::Status Spool::make_room(std::uint64_t bytes, int priority) {
  if (bytes_ + bytes <= bytes_max_) return {};
  TRY(read_index());  // others may have removed some
  std::vector<StoredEvent> first_to_go = events_;
  std::ranges::sort(first_to_go, {},
                    [](const StoredEvent& event) { return std::pair(event.name.priority, event.name.sequence); });
  for (const StoredEvent& event : first_to_go) {
    if (bytes_ + bytes <= bytes_max_) return {};
    if (event.name.priority > priority) break;
    const base::Status removed = remove_event(event.path);
    if (!removed && removed.error().kind == ErrorKind::kUnavailable) continue;  // held
    if (!removed && removed.error().kind != ErrorKind::kNotFound) return removed;
    if (removed) {
      ++evicted_;
      if (log_) log_(fmt::format("evicted {} ({} bytes) to make room", event.name.to_string(), event.bytes));
    }
    bytes_ -= event.bytes;
    std::erase_if(events_, [&](const StoredEvent& one) { return one.path == event.path; });
  }
  if (bytes_ + bytes <= bytes_max_) return {};
  return fail(ErrorKind::kResourceLimit,
              "{}: no room: all {} events have a higher priority or are being uploaded; spool_mb is the limit",
              path_.string(), events_.size());
}

base::Result<Spool::Draft> Spool::begin() {
  const std::int64_t sequence = next_sequence_++;
  const fs::path directory = path_ / fmt::format("{}{:010}", kComingPrefix, sequence);
  std::error_code error;
  fs::create_directory(directory, error);
  if (error) return fail(ErrorKind::kIo, "{}: cannot make an event: {}", directory.string(), error.message());
  return Draft(*this, directory, sequence);
}

Spool::Draft::Draft(Draft&& other) noexcept
    : spool_(std::exchange(other.spool_, nullptr)),
      directory_(std::move(other.directory_)),
      sequence_(other.sequence_),
      bytes_(std::exchange(other.bytes_, 0)) {}

Spool::Draft& Spool::Draft::operator=(Draft&& other) noexcept {
  std::swap(spool_, other.spool_);
  std::swap(directory_, other.directory_);
  std::swap(sequence_, other.sequence_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Spool::Draft::~Draft() {
  if (spool_ == nullptr) return;
  std::error_code ignored;  // what stays is removed by the next open()
  fs::remove_all(directory_, ignored);
  spool_->draft_bytes_ -= bytes_;
  spool_->bytes_ -= bytes_;
}

base::Status Spool::Draft::reserve(std::uint64_t bytes, int priority) {
  TRY(spool_->make_room(bytes, priority));
  bytes_ += bytes;
  spool_->draft_bytes_ += bytes;
  spool_->bytes_ += bytes;
  return {};
}

base::Result<fs::path> Spool::Draft::commit(const EventName& name) {
  TRY(write_manifest(directory_));
  std::error_code error;
  for (fs::directory_iterator files(directory_, error); !error && files != fs::directory_iterator();
       files.increment(error))
    TRY(base::sync_path(files->path()));
  if (error) return fail(ErrorKind::kIo, "{}: {}", directory_.string(), error.message());
  TRY(base::sync_path(directory_));
  // What was reserved was an estimate; what counts is what stands there.
  if (const std::uint64_t bytes = bytes_on_disk(directory_); bytes > bytes_)
    TRY(reserve(bytes - bytes_, name.priority));
  const fs::path path = spool_->path_ / name.to_string();
  fs::rename(directory_, path, error);
  if (error) return fail(ErrorKind::kIo, "{}: cannot appear: {}", path.string(), error.message());
  Spool& spool = *std::exchange(spool_, nullptr);
  spool.draft_bytes_ -= bytes_;
  spool.bytes_ -= bytes_;
  spool.events_.push_back({.name = name, .path = path, .bytes = bytes_on_disk(path)});
  spool.bytes_ += spool.events_.back().bytes;
  TRY(base::sync_path(spool.path_));
  return path;
}

}  // namespace hedge::capture
