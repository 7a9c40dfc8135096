// The threads of one engine. Member 0 is the caller; the others spin while an inference runs and sleep between two, so
// that a step starts in well under a microsecond and an idle engine costs nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "kernel/slice.h"

namespace hedge::engine {

class Team {
 public:
  explicit Team(int size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return size_; }

  /// One inference: wakes the others before and lets them sleep after. Work is shared only in between.
  class Session {
   public:
    explicit Session(Team& team) : team_(team) { team_.begin(); }
    ~Session() { team_.end(); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

   private:
    Team& team_;
  };

  /// Calls work(context, slice) on every member and returns when all are done. Inside a Session only.
  using Work = void (*)(void* context, kernel::Slice slice);
  void share(Work work, void* context);

 private:
  void begin();
  void end();
  void member(int index);

  int size_;
  Work work_ = nullptr;
  void* context_ = nullptr;
  // Each on a cache line of its own: the caller writes the first two, the members the third.
  alignas(64) std::atomic<std::uint32_t> session_{0};  ///< odd while an inference runs
  alignas(64) std::atomic<std::uint32_t> round_{0};    ///< counts calls of share()
  alignas(64) std::atomic<int> working_{0};
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace hedge::engine
