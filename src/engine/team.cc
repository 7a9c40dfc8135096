#include "engine/team.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hedge::engine {
namespace {

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

}  // namespace

Team::Team(int size) : size_(size) {
  for (int index = 1; index < size; ++index) threads_.emplace_back([this, index] { member(index); });
}

Team::~Team() {
  stop_.store(true);
  session_.fetch_add(2);  // even stays even: wakes the sleepers without starting an inference
  session_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Team::begin() {
  if (size_ == 1) return;
  session_.fetch_add(1, std::memory_order_release);
  session_.notify_all();
}

void Team::end() {
  if (size_ > 1) session_.fetch_add(1, std::memory_order_release);
}

void Team::share(Work work, void* context) {
  if (size_ == 1) return work(context, {0, 1});
  work_ = work;
  context_ = context;
  working_.store(size_ - 1, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  work(context, {0, size_});
  spin_until([this] { return working_.load(std::memory_order_acquire) == 0; });
}

void Team::member(int index) {
  std::uint32_t done = 0;  // rounds that this member has worked on; every member works on every round
  for (;;) {
    const std::uint32_t session = session_.load(std::memory_order_acquire);
    if (stop_.load()) return;
    if (session % 2 == 0 && round_.load(std::memory_order_acquire) == done) {
      session_.wait(session);
      continue;
    }
    spin_until([&] {
      return round_.load(std::memory_order_acquire) != done || session_.load(std::memory_order_acquire) != session;
    });
    if (round_.load(std::memory_order_acquire) == done) continue;
    ++done;
    work_(context_, {index, size_});
    working_.fetch_sub(1, std::memory_order_release);
  }
}

}  // namespace hedge::engine
