// The last seconds of encoded video, in memory that is allocated once.
//
// Invariants: (1) the bytes held never exceed the size given to the constructor; (2) what is held begins with a key
// frame, and goes away by whole groups of pictures, oldest first; (3) a group stays while it is needed to show
// `keep_from`, unless (1) wants its room. So memory is bounded whatever happens, and time is honoured where it fits.
//
// One thread pushes, one reads: a reader keeps a cursor and finds out when the ring has overtaken it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "base/aligned_buffer.h"
#include "media/h264_encoder.h"

namespace hedge::capture {

using std::chrono::nanoseconds;

class Ring {
 public:
  explicit Ring(std::size_t bytes_max) : arena_(bytes_max) {}

  /// Takes a copy. Groups that end before `keep_from` go. Returns false when a key frame is needed: the unit did not
  /// follow one that is held, or it is larger than the ring.
  bool push(const media::AccessUnit& unit, nanoseconds keep_from);
  /// Forgets everything; cursors are overtaken.
  void clear();

  /// The unit numbered by a cursor: of the newest group that begins at or before `time`, or else of the oldest one.
  /// Nothing while the ring is empty.
  std::optional<std::int64_t> find(nanoseconds time) const;

  enum class Read { kUnit, kNotYet, kOvertaken };
  struct Unit {
    std::vector<std::byte> bytes;  ///< reused from call to call
    nanoseconds time{0};
    bool key = false;
  };
  /// Copies the unit at `cursor`, which the caller then advances by one.
  Read read(std::int64_t cursor, Unit& unit) const;

  struct Extent {
    std::size_t bytes = 0;
    std::int64_t units = 0;
    nanoseconds begin{0}, end{0};  ///< times of the oldest and of the newest unit
  };
  Extent extent() const;

 private:
  struct Entry {
    std::size_t offset;  // in the arena; a unit may go on at its begin
    std::size_t size;
    nanoseconds time;
    bool key;
  };
  void drop_oldest_group();

  mutable std::mutex mutex_;
  base::AlignedBuffer arena_;
  std::deque<Entry> entries_;
  std::deque<std::int64_t> keys_;  // cursors of the key frames that are held
  std::int64_t first_ = 0;         // cursor of entries_.front()
  std::size_t write_at_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace hedge::capture
