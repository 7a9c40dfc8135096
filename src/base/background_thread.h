// Makes the calling thread one that takes only what the frame's threads leave.
#pragma once

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hedge::base {

/// Never real-time, whoever started it, and nice 10: threads inherit both. Needs no right, and cannot fail but by one.
inline void run_in_background() {
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_OTHER, &none);
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 10);
}

/// Runs only where a core would be idle, whoever started it. Needs no right.
inline void run_when_idle() {
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_IDLE, &none);
}

}  // namespace hedge::base
