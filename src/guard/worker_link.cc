#include "guard/worker_link.h"

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace hedge::guard {

base::Result<std::optional<WorkerLink>> WorkerLink::from_environment(nanoseconds unwatched_after) {
  const char* text = std::getenv(kHeartbeatVariable);
  if (text == nullptr) return std::optional<WorkerLink>();
  int number = -1;
  const char* end = text + std::strlen(text);
  if (const auto [at, error] = std::from_chars(text, end, number); error != std::errc() || at != end || number < 3)
    return base::fail(base::ErrorKind::kUsage, "{}='{}' is no descriptor: only the watchdog sets it",
                      kHeartbeatVariable, text);
  HeartbeatMemory memory = TRY(HeartbeatMemory::attach(number));
  // Programs that this one starts are not the worker.
  ::close(number);
  ::unsetenv(kHeartbeatVariable);
  return std::optional(WorkerLink(std::move(memory), unwatched_after));
}

WorkerLink::WorkerLink(HeartbeatMemory memory, nanoseconds unwatched_after)
    : memory_(std::move(memory)), unwatched_after_(unwatched_after) {}

void WorkerLink::give(std::uint32_t flags) noexcept {
  ++beat_.beats;
  beat_.flags = flags;
  beat_.written = monotonic_now();
  for (std::size_t k = 0; k < kFlagCount; ++k) beat_.raised[k] += flags >> k & 1;
  memory_.publish(beat_);
}

void WorkerLink::frame(const FrameTimes& times, std::uint32_t flags) noexcept {
  ++beat_.frames;
  beat_.frame_index = times.index;
  beat_.captured = times.captured;
  beat_.decided = times.decided;
  beat_.actuated = times.actuated;
  beat_.storm_at = nanoseconds(0);
  frame_flags_ = flags & (kFlagNotFinite | kFlagStorm | kFlagOverload | kFlagMissed);
  give(flags);
}

void WorkerLink::idle(std::uint32_t flags, nanoseconds storm_at) noexcept {
  beat_.storm_at = storm_at;
  give(flags | frame_flags_);
}

void WorkerLink::stop(StopReason reason) noexcept {
  beat_.stop = reason;
  give(beat_.flags);
}

Permission WorkerLink::permission() const noexcept {
  if (memory_.latched()) return Permission::kOverruled;
  return monotonic_now() - memory_.watchdog_seen() > unwatched_after_ ? Permission::kUnwatched : Permission::kAct;
}

}  // namespace hedge::guard
