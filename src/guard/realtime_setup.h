// What a process asks of the kernel so that it is on time: SCHED_FIFO, memory that is never paged out, cores of its
// own. Each may be refused; each is told, granted or not, with the reason and what to do.
#pragma once

#include <string>
#include <vector>

namespace hedge::guard {

struct RealtimeRequest {
  int fifo_priority = 0;     ///< SCHED_FIFO of this priority, 1 to 99; 0: not asked
  bool lock_memory = false;  ///< mlockall, pages as they are first touched
  std::vector<int> cpus;     ///< the cores to stay on; empty: not asked
};

struct Grant {
  std::string what;  ///< "SCHED_FIFO 50"
  bool granted = false;
  std::string why;  ///< where it is not: the kernel's word, and what to do
};

/// For the calling thread and the threads and children that it starts from now on; memory: of the whole process. Only
/// what was asked for is in the answer.
std::vector<Grant> request_realtime(const RealtimeRequest& request);

/// One line: "SCHED_FIFO 50: granted".
std::string to_string(const Grant& grant);

/// The calling thread's class as the kernel has it now: "SCHED_OTHER, nice 0", "SCHED_FIFO 50".
std::string scheduling_class();

}  // namespace hedge::guard
