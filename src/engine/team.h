// Threads that share the steps of inferences. They spin while an inference runs and sleep between two, so that a step
// starts in well under a microsecond and an idle engine costs nothing. The caller is member 0.
//
// A step is cut into as many slices as the team has members, always the same ones; member k prefers slice k. Nobody
// waits for a member that is not there (asleep, or its core busy with another program): whoever is done takes a slice
// that nobody has begun. Only a member that loses its core in the middle of a slice is waited for.
//
// One team may serve several engines. The inference that finds it free has it; one that finds it taken runs its slices
// on its caller alone, and for each such caller one member goes to sleep: never more threads run than the team's size.
// Answers never depend on who ran what.
//
// Why a late member does no harm: slice k has one word, 2r after round r. It is claimed by a compare-and-swap from
// 2(r-1) to 2r-1, with the round that the claimer saw; of a round that is over it fails. While a slice is claimed its
// round cannot end, so what the claimer reads of the round is the round's. Rounds have 64 bits: none comes twice.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/result.h"
#include "kernel/slice.h"

namespace hedge::engine {

class Team {
 public:
  /// A team of `size` members, 1 to kSizeMax. With `cores`, member k > 0 runs on cores[k] only; cores[0] is for the
  /// caller, which is not ours to pin (base::keep_this_thread_on). kUsage: fewer cores than members, or not this
  /// process's.
  static base::Result<std::shared_ptr<Team>> create(int size, const std::vector<int>& cores = {});
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  static constexpr int kSizeMax = 64;
  int size() const { return size_; }

  /// Work on slice `slice` of a step: must be safe beside the other slices, on any thread.
  using Work = void (*)(void* context, kernel::Slice slice);

  /// One inference of one thread. No lock, no allocation, no waiting for another inference.
  class Session {
   public:
    explicit Session(Team& team) : team_(team), has_team_(team.begin()) {}
    ~Session() { team_.end(has_team_); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Calls work(context, {k, size}) once for each k and returns when all are done.
    void share(Work work, void* context);

   private:
    Team& team_;
    bool has_team_;  ///< else this caller is alone
  };

 private:
  struct Private {};  ///< only create() makes one, though std::make_shared calls the constructor

 public:
  Team(Private, int size);

 private:
  base::Status start(const std::vector<int>& cores);
  bool begin();
  void end(bool has_team);
  void share(Work work, void* context);
  void member(int index);
  void help(int index, std::uint64_t round);
  bool claim(int slice, std::uint64_t round);

  struct alignas(64) SliceWord {  // a cache line each
    std::atomic<std::uint64_t> value{0};
  };

  int size_;
  Work work_ = nullptr;
  void* context_ = nullptr;
  // Each on a cache line of its own.
  alignas(64) std::atomic<std::uint32_t> session_{0};  ///< odd while an inference has the team
  alignas(64) std::atomic<std::uint64_t> round_{0};    ///< counts calls of share()
  alignas(64) std::atomic<int> callers_{0};            ///< inferences that run now, with the team or alone
  std::atomic<bool> taken_{false};
  std::atomic<bool> stop_{false};
  std::vector<SliceWord> slices_;  ///< of slices 1 and up; slice 0 is the caller's own
  std::vector<std::thread> threads_;
};

}  // namespace hedge::engine
