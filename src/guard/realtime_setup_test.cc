#include "guard/realtime_setup.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/sanitizer.h"

namespace hedge::guard {
namespace {

using base::kPretendsToLock;

/// What is asked for changes a process for good: each test asks in a child. 0: `check` held.
template <class Check>
int in_child(Check check) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(check() ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

void give_up_privileges() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_RTPRIO, &none);
  ::setrlimit(RLIMIT_MEMLOCK, &none);
  if (::getuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
}

TEST(RealtimeSetup, asks_for_nothing_by_itself) { EXPECT_TRUE(request_realtime({}).empty()); }

TEST(RealtimeSetup, what_it_calls_granted_is_so) {
  EXPECT_EQ(in_child([] {
              const auto grants = request_realtime({.fifo_priority = 7, .lock_memory = true, .cpus = {0}});
              if (grants.size() != 3) return false;
              const bool fifo = grants[2].granted == (scheduling_class() == "SCHED_FIFO 7");
              cpu_set_t set;
              ::sched_getaffinity(0, sizeof set, &set);
              const bool pinned = grants[0].granted == (CPU_COUNT(&set) == 1 && CPU_ISSET(0, &set));
              return fifo && pinned;
            }),
            0);
}

TEST(RealtimeSetup, says_why_not_and_what_to_do) {
  EXPECT_EQ(in_child([] {
              give_up_privileges();
              const auto grants = request_realtime({.fifo_priority = 7, .lock_memory = true, .cpus = {0, 1023}});
              bool all = grants.size() == 3;
              for (const Grant& grant : grants)
                all = all && (kPretendsToLock && grant.what == "mlockall") == grant.granted;
              return all && grants[0].why.contains("taskset") &&
                     (kPretendsToLock || grants[1].why.contains("ulimit -l")) &&
                     grants[2].why.contains("CAP_SYS_NICE") &&
                     to_string(grants[2]).starts_with("SCHED_FIFO 7: refused");
            }),
            0);
}

}  // namespace
}  // namespace hedge::guard
