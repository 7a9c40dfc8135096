// The heartbeat: two pages of shared memory between a worker and its watchdog, passed by descriptor.
//
// The worker's page holds one Beat under a sequence lock: the worker makes the sequence odd, writes the words, makes it
// even. It never waits. The watchdog reads the words between two reads of the sequence and keeps them only where both
// are the same even number, so what it returns is one whole beat, however the two are scheduled and wherever the worker
// was killed. All words are atomics: no data race either (H.-J. Boehm, "Can seqlocks get along with programming
// language memory models?", MSPC 2012).
//
// The watchdog's page holds the latch: not zero means that the worker's commands are overruled. The worker maps that
// page read-only, so no stray write of the worker can open it.
#pragma once

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/descriptor.h"
#include "base/result.h"
#include "guard/fault.h"

namespace hedge::guard {

using std::chrono::nanoseconds;

/// CLOCK_MONOTONIC: the same in all processes of a machine.
inline nanoseconds monotonic_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

/// Why a worker is about to end.
enum class StopReason : std::uint32_t {
  kNone = 0,
  kFinished = 1,       ///< as it should: the source ended, or it was asked to
  kConfiguration = 2,  ///< its configuration is wrong: starting it again would not help
  kError = 3,          ///< anything else; it may be started again
};

struct Beat {
  std::uint64_t beats = 0;        ///< of this worker, idle ones included; 0: none yet
  std::uint64_t frames = 0;       ///< frames that were decided on
  std::uint64_t frame_index = 0;  ///< of the newest of them, as the source counts
  nanoseconds written{0};         ///< when this beat was given
  nanoseconds captured{0};        ///< of the newest frame: when its picture reached us
  nanoseconds decided{0};         ///< when its rules had their verdict
  nanoseconds actuated{0};        ///< when its commands had been handed over
  nanoseconds storm_at{0};        ///< the frame in process makes a storm if it is not done by then; 0: it cannot
  std::uint32_t flags = 0;        ///< bits of Flag, as of this beat
  StopReason stop = StopReason::kNone;
  std::array<std::uint32_t, kFlagCount + 1> raised{};  ///< beats so far in which each flag was set: none can be missed

  bool operator==(const Beat&) const = default;
};

/// The memory. One for the life of a watchdog; each worker that it starts maps it anew.
class HeartbeatMemory {
 public:
  /// The watchdog's side: makes the memory, sealed against a change of its size.
  static base::Result<HeartbeatMemory> create();
  /// The worker's side of an inherited descriptor, which stays open. kInvalid: that is no heartbeat.
  static base::Result<HeartbeatMemory> attach(int descriptor);
  HeartbeatMemory(HeartbeatMemory&& other) noexcept;
  HeartbeatMemory& operator=(HeartbeatMemory&& other) noexcept;
  ~HeartbeatMemory();

  int descriptor() const { return descriptor_.get(); }

  // The worker's side, one thread at a time.
  void publish(const Beat& beat) noexcept;
  bool latched() const noexcept { return theirs_->latch.load(std::memory_order_acquire) != 0; }
  nanoseconds watchdog_seen() const noexcept { return nanoseconds(theirs_->seen_ns.load(std::memory_order_relaxed)); }

  // The watchdog's side.
  /// The newest whole beat; nothing where the worker is, or died, in the middle of writing one.
  std::optional<Beat> read() const noexcept;
  void set_latch(bool closed) noexcept { theirs_->latch.store(closed ? 1 : 0, std::memory_order_seq_cst); }
  void set_seen(nanoseconds now) noexcept { theirs_->seen_ns.store(now.count(), std::memory_order_relaxed); }
  /// Before another worker starts, after the last one is reaped: no beat yet.
  void clear() noexcept { publish(Beat{}); }

 private:
  static constexpr std::size_t kWords = sizeof(Beat) / sizeof(std::uint64_t);
  static_assert(sizeof(Beat) % sizeof(std::uint64_t) == 0 && std::is_trivially_copyable_v<Beat>);
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

  struct WorkerPage {
    std::atomic<std::uint64_t> sequence;
    std::array<std::atomic<std::uint64_t>, kWords> words;
  };
  struct WatchdogPage {
    std::atomic<std::uint64_t> magic;
    std::atomic<std::uint32_t> latch;
    std::atomic<std::int64_t> seen_ns;
  };

  HeartbeatMemory() = default;
  static base::Result<HeartbeatMemory> map(base::Descriptor descriptor, int watchdog_page_protection);

  base::Descriptor descriptor_;
  WorkerPage* ours_ = nullptr;
  WatchdogPage* theirs_ = nullptr;
};

}  // namespace hedge::guard
