// How the kernel schedules a thread, as a value: to give a library's thread, which may come out of a pool with another
// one's class, that of the thread it works for.
#pragma once

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace hedge::base {

struct ThreadClass {
  int policy = SCHED_OTHER;
  int priority = 0;  ///< of the real-time policies
  int nice = 0;      ///< of the others

  bool realtime() const { return policy == SCHED_FIFO || policy == SCHED_RR; }
  /// Of the same kind, but it gives way.
  ThreadClass below() const { return {policy, realtime() ? std::max(1, priority - 1) : 0, nice}; }
};

/// Of the calling thread.
inline ThreadClass thread_class() {
  sched_param parameters{};
  ::sched_getparam(0, &parameters);
  return {.policy = ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK,
          .priority = parameters.sched_priority,
          .nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)))};
}

/// The calling thread's from now on, as far as the kernel lets it rise.
inline void become(const ThreadClass& wanted) {
  const sched_param parameters{.sched_priority = wanted.realtime() ? wanted.priority : 0};
  ::sched_setscheduler(0, wanted.policy, &parameters);
  if (!wanted.realtime()) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), wanted.nice);
}

}  // namespace hedge::base
