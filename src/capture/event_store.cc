#include "capture/event_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/sha256.h"
#include "capture/spool_names.h"

namespace hedge::capture {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

namespace {

constexpr std::uint64_t kBlock = 4096;  // bytes: what a file system gives at least
constexpr std::uint64_t kJsonMax = 16 << 20;

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string without_zeros(const std::string& id) { return id.substr(std::min(id.find_first_not_of('0'), id.size())); }

base::Result<nlohmann::json> read_json(const fs::path& path) {
  const std::string text = TRY(base::read_text_file(path, kJsonMax));
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object())
    return fail(ErrorKind::kInvalid, "{}: is no JSON object", path.string());
  return json;
}

base::Status check_file(const fs::path& event, const nlohmann::json& entry, std::set<std::string>& names) {
  const auto text = [&](const char* key) {
    return entry.is_object() && entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>() : "";
  };
  const std::string name = text("name");
  if (name.empty() || name.find('/') != std::string::npos || name == "." || name == ".." || !entry.contains("bytes") ||
      !entry["bytes"].is_number_unsigned() || !names.insert(name).second)
    return fail(ErrorKind::kInvalid, "{}/{}: breaks its format", event.string(), kManifestFile);
  std::error_code error;
  const std::uint64_t bytes = fs::file_size(event / name, error);
  if (error) return fail(ErrorKind::kInvalid, "{}/{}: is missing", event.string(), name);
  if (bytes != entry["bytes"].get<std::uint64_t>())
    return fail(ErrorKind::kInvalid, "{}/{}: has {} bytes, not {}", event.string(), name, bytes,
                entry["bytes"].get<std::uint64_t>());
  if (TRY(base::sha256_file(event / name)) != text("sha256"))
    return fail(ErrorKind::kInvalid, "{}/{}: its bytes have changed", event.string(), name);
  return {};
}

/// The directory, open and locked in this way; kUnavailable while somebody has it in another.
base::Result<int> lock_directory(const fs::path& event, int how) {
  const int fd = ::open(event.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fail(errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo, "{}: {}", event.string(),
                std::strerror(errno));
  struct stat opened{}, named{};
  const bool locked = ::flock(fd, how | LOCK_NB) == 0;
  // It may have been removed, or moved to be, between the two calls.
  const bool there = ::fstat(fd, &opened) == 0 && ::stat(event.c_str(), &named) == 0 && opened.st_ino == named.st_ino;
  if (locked && there) return fd;
  ::close(fd);
  if (!there) return fail(ErrorKind::kNotFound, "{}: is gone", event.string());
  return fail(ErrorKind::kUnavailable, "{}: is being read or uploaded; try again", event.string());
}

}  // namespace

std::string EventName::to_string() const { return fmt::format("{:010}-{}-p{}-{}", sequence, utc, priority, trigger); }

std::optional<EventName> EventName::parse(const std::string& text) {
  // 10 digits, -, 16 characters of time, -p, 1 digit, -, the trigger
  if (text.size() < 32 || text[10] != '-' || text.compare(27, 2, "-p") != 0 || text[30] != '-') return std::nullopt;
  if (!all_digits(text.substr(0, 10)) || !all_digits(text.substr(29, 1))) return std::nullopt;
  EventName name{.utc = text.substr(11, 16), .priority = text[29] - '0', .trigger = text.substr(31)};
  std::from_chars(text.data(), text.data() + 10, name.sequence);
  return name;
}

std::uint64_t bytes_on_disk(const fs::path& directory) {
  std::error_code error;
  std::uint64_t bytes = 0;
  fs::directory_iterator files(directory, error);
  if (error) return 0;
  bytes += kBlock;  // the directory itself
  for (; files != fs::directory_iterator(); files.increment(error)) {
    const std::uint64_t size = files->file_size(error);
    if (!error) bytes += (size + kBlock - 1) / kBlock * kBlock;
  }
  return bytes;
}

base::Result<std::vector<StoredEvent>> list_events(const fs::path& spool) {
  std::error_code error;
  fs::directory_iterator entries(spool, error);
  if (error)
    return fail(error == std::errc::no_such_file_or_directory ? ErrorKind::kNotFound : ErrorKind::kIo, "{}: {}",
                spool.string(), error.message());
  std::vector<StoredEvent> events;
  while (entries != fs::directory_iterator()) {
    const fs::path path = entries->path();
    if (auto name = EventName::parse(path.filename().string()))
      if (const std::uint64_t bytes = bytes_on_disk(path); bytes > 0)
        events.push_back({.name = std::move(*name), .path = path, .bytes = bytes});
    entries.increment(error);
    if (error) return fail(ErrorKind::kIo, "{}: {}", spool.string(), error.message());
  }
  std::ranges::sort(events, {}, [](const StoredEvent& event) { return event.name.sequence; });
  return events;
}

base::Result<StoredEvent> find_event(const fs::path& spool, const std::string& id) {
  std::optional<StoredEvent> found;
  for (StoredEvent& event : TRY(list_events(spool))) {
    const std::string name = event.name.to_string();
    if (name == id || fmt::format("{}", event.name.sequence) == without_zeros(id)) return std::move(event);
    if (id.empty() || !name.starts_with(id)) continue;
    if (found) return fail(ErrorKind::kUsage, "{}: more than one event begins with '{}'", spool.string(), id);
    found = std::move(event);
  }
  if (!found) return fail(ErrorKind::kNotFound, "{}: no event '{}'; `hedge events list` shows all", spool.string(), id);
  return std::move(*found);
}

base::Status write_manifest(const fs::path& event) {
  std::error_code error;
  std::set<std::string> names;
  for (fs::directory_iterator files(event, error); !error && files != fs::directory_iterator(); files.increment(error))
    names.insert(files->path().filename().string());
  if (error) return fail(ErrorKind::kIo, "{}: {}", event.string(), error.message());
  auto list = nlohmann::ordered_json::array();
  for (const std::string& name : names) {
    const std::uint64_t bytes = fs::file_size(event / name, error);
    if (error) return fail(ErrorKind::kIo, "{}/{}: {}", event.string(), name, error.message());
    list.push_back({{"name", name}, {"bytes", bytes}, {"sha256", TRY(base::sha256_file(event / name))}});
  }
  const nlohmann::ordered_json manifest = {{"format", "hedge-manifest"}, {"version", 1}, {"files", std::move(list)}};
  return base::write_file(event / kManifestFile, manifest.dump(1) + '\n');
}

base::Status verify_event(const fs::path& event) {
  const nlohmann::json manifest = TRY(read_json(event / kManifestFile));
  if (!manifest.contains("format") || manifest["format"] != "hedge-manifest" || !manifest.contains("version") ||
      manifest["version"] != 1 || !manifest.contains("files") || !manifest["files"].is_array())
    return fail(ErrorKind::kInvalid, "{}/{}: breaks its format", event.string(), kManifestFile);
  std::set<std::string> names = {kManifestFile};
  for (const nlohmann::json& entry : manifest["files"]) TRY(check_file(event, entry, names));
  std::error_code error;
  for (fs::directory_iterator files(event, error); !error && files != fs::directory_iterator(); files.increment(error))
    if (const std::string name = files->path().filename().string(); !names.contains(name))
      return fail(ErrorKind::kInvalid, "{}/{}: does not stand in the manifest", event.string(), name);
  if (!names.contains(kEventFile) || !names.contains(kClipFile))
    return fail(ErrorKind::kInvalid, "{}: lacks {} or {}", event.string(), kEventFile, kClipFile);
  const nlohmann::json json = TRY(read_json(event / kEventFile));
  if (!json.contains("format") || json["format"] != "hedge-event")
    return fail(ErrorKind::kInvalid, "{}/{}: is no event", event.string(), kEventFile);
  return {};
}

base::Result<EventHold> EventHold::take(const fs::path& event) {
  return EventHold(TRY(lock_directory(event, LOCK_SH)));
}

EventHold::EventHold(EventHold&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

EventHold& EventHold::operator=(EventHold&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

EventHold::~EventHold() {
  if (fd_ >= 0) ::close(fd_);
}

base::Status remove_event(const fs::path& event) {
  const int fd = TRY(lock_directory(event, LOCK_EX));
  const fs::path leaving = event.parent_path() / (kLeavingPrefix + event.filename().string());
  const bool renamed = ::rename(event.c_str(), leaving.c_str()) == 0;
  const int problem = errno;
  std::error_code error;
  if (renamed) fs::remove_all(leaving, error);
  ::close(fd);
  if (!renamed) return fail(ErrorKind::kIo, "{}: cannot remove: {}", event.string(), std::strerror(problem));
  if (error) return fail(ErrorKind::kIo, "{}: cannot remove: {}", leaving.string(), error.message());
  return {};
}

}  // namespace hedge::capture
