// Events on disk as anybody may read them, while a recorder writes: names, list, check, hold, remove. No lock is
// needed, because an event appears and disappears by one rename. docs/formats/event.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace hedge::capture {

/// A directory's name says all that eviction needs: "0000000042-20261125T001221Z-p5-near_miss".
struct EventName {
  std::int64_t sequence = 0;  ///< rises with every event: the order of age even if the clock was wrong
  std::string utc;            ///< "20261125T001221Z", of the first trigger
  int priority = 0;           ///< 0 to 9, 9 stays longest
  std::string trigger;

  std::string to_string() const;
  /// Nothing for a name that is no event's: such directories are left alone.
  static std::optional<EventName> parse(const std::string& text);
};

struct StoredEvent {
  EventName name;
  std::filesystem::path path;
  std::uint64_t bytes = 0;  ///< on disk, in blocks of 4096
};

/// What a directory's files take, in blocks of 4096; 0 if it is gone.
std::uint64_t bytes_on_disk(const std::filesystem::path& directory);

/// All events, oldest first.
base::Result<std::vector<StoredEvent>> list_events(const std::filesystem::path& spool);

/// The event with this id, or the only one whose id begins so; leading zeros may be left out.
base::Result<StoredEvent> find_event(const std::filesystem::path& spool, const std::string& id);

/// Writes manifest.json: size and SHA-256 of every other file of the directory.
base::Status write_manifest(const std::filesystem::path& event);

/// Every file of the manifest is there with its size and hash, no other file is, and event.json is one.
base::Status verify_event(const std::filesystem::path& event);

/// While it lives, nobody removes the event: for whoever reads or uploads it. Ends with the process, however it ends.
class EventHold {
 public:
  static base::Result<EventHold> take(const std::filesystem::path& event);
  EventHold(EventHold&& other) noexcept;
  EventHold& operator=(EventHold&& other) noexcept;
  ~EventHold();

 private:
  explicit EventHold(int fd) : fd_(fd) {}
  int fd_ = -1;
};

/// kUnavailable while somebody holds it, kNotFound if it is gone. It disappears whole.
base::Status remove_event(const std::filesystem::path& event);

}  // namespace hedge::capture
