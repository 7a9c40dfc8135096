#include "engine/team.h"

#include <algorithm>
#include <system_error>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/affinity.h"

namespace hedge::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

/// Spins a while, then yields: on a machine with more threads than cores the one we wait for must get its turn.
template <class Done>
void spin_until(Done done) {
  constexpr int kSpins = 500;  // some 10 us; a yield that finds nobody waiting costs less than 1 us
  for (int k = 0; !done(); ++k) {
    if (k < kSpins)
      relax();
    else
      std::this_thread::yield();
  }
}

constexpr std::uint64_t free_in(std::uint64_t round) { return 2 * (round - 1); }
constexpr std::uint64_t claimed_in(std::uint64_t round) { return 2 * round - 1; }
constexpr std::uint64_t done_in(std::uint64_t round) { return 2 * round; }

}  // namespace

Team::Team(Private, int size) : size_(size), slices_(static_cast<std::size_t>(size)) {}

Result<std::shared_ptr<Team>> Team::create(int size, const std::vector<int>& cores) {
  if (size < 1 || size > kSizeMax) return fail(ErrorKind::kUsage, "{} threads; 1 to {} are possible", size, kSizeMax);
  if (!cores.empty()) {
    if (cores.size() < static_cast<std::size_t>(size))
      return fail(ErrorKind::kUsage, "{} cores for {} threads: name one for each", cores.size(), size);
    const std::vector<int> usable = base::usable_cores();
    for (const int core : cores)
      if (std::ranges::find(usable, core) == usable.end())
        return fail(ErrorKind::kUsage, "core {} is not among those of this process: {}", core, fmt::join(usable, ","));
  }
  auto team = std::make_shared<Team>(Private{}, size);
  TRY(team->start(cores));
  return team;
}

Status Team::start(const std::vector<int>& cores) {
  try {
    for (int index = 1; index < size_; ++index) {
      threads_.emplace_back([this, index, core = cores.empty() ? -1 : cores[static_cast<std::size_t>(index)]] {
        if (core >= 0) (void)base::keep_this_thread_on({&core, 1});  // create() saw that this process may
        member(index);
      });
    }
  } catch (const std::system_error& error) {
    return fail(ErrorKind::kResourceLimit, "cannot start {} threads: {}", size_, error.what());
  }
  return {};
}

Team::~Team() {
  stop_.store(true);
  session_.fetch_add(2);  // even stays even: wakes the sleepers without starting an inference
  session_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Team::begin() {
  if (size_ == 1) return false;
  const int callers = callers_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (taken_.exchange(true, std::memory_order_acquire)) return false;
  session_.fetch_add(1, std::memory_order_release);
  if (callers < size_) session_.notify_all();  // else every core has a caller: all members would go back to sleep
  return true;
}

void Team::end(bool has_team) {
  if (size_ == 1) return;
  if (has_team) {
    session_.fetch_add(1, std::memory_order_release);
    taken_.store(false, std::memory_order_release);
  }
  callers_.fetch_sub(1, std::memory_order_relaxed);
}

void Team::Session::share(Work work, void* context) {
  if (has_team_) return team_.share(work, context);
  for (int k = 0; k < team_.size_; ++k) work(context, {k, team_.size_});
}

void Team::share(Work work, void* context) {
  work_ = work;
  context_ = context;
  const std::uint64_t round = round_.load(std::memory_order_relaxed) + 1;
  round_.store(round, std::memory_order_release);
  work(context, {0, size_});
  help(0, round);
  for (int k = 1; k < size_; ++k) {
    const auto& word = slices_[static_cast<std::size_t>(k)].value;
    spin_until([&] { return word.load(std::memory_order_acquire) == done_in(round); });
  }
}

/// Runs what nobody has begun, from slice `index` on and around.
void Team::help(int index, std::uint64_t round) {
  for (int k = 0; k < size_; ++k) {
    const int slice = (index + k) % size_;
    if (slice == 0 || !claim(slice, round)) continue;
    work_(context_, {slice, size_});
    slices_[static_cast<std::size_t>(slice)].value.store(done_in(round), std::memory_order_release);
  }
}

bool Team::claim(int slice, std::uint64_t round) {
  auto& word = slices_[static_cast<std::size_t>(slice)].value;
  std::uint64_t expected = free_in(round);
  return word.load(std::memory_order_relaxed) == expected &&
         word.compare_exchange_strong(expected, claimed_in(round), std::memory_order_acquire,
                                      std::memory_order_relaxed);
}

void Team::member(int index) {
  std::uint64_t seen = 0;  // round
  std::uint32_t left = 0;  // session that goes on without this member; even: none
  for (;;) {
    const std::uint32_t session = session_.load(std::memory_order_acquire);
    if (stop_.load()) return;
    if (session % 2 == 0 || session == left) {
      session_.wait(session);
      continue;
    }
    spin_until([&] {
      return round_.load(std::memory_order_acquire) != seen || session_.load(std::memory_order_relaxed) != session;
    });
    const std::uint64_t round = round_.load(std::memory_order_acquire);
    if (round == seen) continue;
    seen = round;
    if (index > size_ - callers_.load(std::memory_order_relaxed))
      left = session;
    else
      help(index, round);
  }
}

}  // namespace hedge::engine
