// The one who writes events: a directory with a byte limit.
//
// An event is written into a directory whose name begins with a dot, synced file by file, and appears by one rename,
// synced as well. Whatever is half-written or half-removed when the process dies is removed by the next open(). When
// room is needed, events of the lowest priority go first, of these the oldest; never one of a higher priority than the
// new event's, and never one that somebody holds (EventHold).
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "capture/event_store.h"

namespace hedge::capture {

class Spool {
 public:
  /// Makes the directory if needed. kUnavailable while another process writes there. `log` gets one line for each event
  /// that is evicted.
  static base::Result<std::unique_ptr<Spool>> open(const std::filesystem::path& path, std::uint64_t bytes_max,
                                                   std::function<void(const std::string&)> log = {});
  ~Spool();

  /// An event in the making: files may be put into `directory`. Leaves nothing behind unless it is committed.
  class Draft {
   public:
    Draft(Spool& spool, std::filesystem::path directory, std::int64_t sequence)
        : spool_(&spool), directory_(std::move(directory)), sequence_(sequence) {}
    Draft(Draft&& other) noexcept;
    Draft& operator=(Draft&& other) noexcept;
    ~Draft();

    const std::filesystem::path& directory() const { return directory_; }
    std::int64_t sequence() const { return sequence_; }
    /// Before `bytes` more are written: makes room. kResourceLimit if only events that must stay are left.
    base::Status reserve(std::uint64_t bytes, int priority);
    /// Manifest, sync, rename. Returns where the event is now.
    base::Result<std::filesystem::path> commit(const EventName& name);

   private:
    friend class Spool;
    Spool* spool_;
    std::filesystem::path directory_;
    std::int64_t sequence_;
    std::uint64_t bytes_ = 0;
  };
  base::Result<Draft> begin();

  std::uint64_t bytes() const { return bytes_; }  ///< of events and drafts
  std::int64_t evicted() const { return evicted_; }

 private:
  Spool(std::filesystem::path path, std::uint64_t bytes_max, std::function<void(const std::string&)> log, int lock);
  base::Status make_room(std::uint64_t bytes, int priority);
  base::Status read_index();

  const std::filesystem::path path_;
  const std::uint64_t bytes_max_;
  const std::function<void(const std::string&)> log_;
  const int lock_;
  std::vector<StoredEvent> events_;
  std::uint64_t draft_bytes_ = 0;
  std::int64_t next_sequence_ = 1;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::int64_t> evicted_{0};
};

}  // namespace hedge::capture
