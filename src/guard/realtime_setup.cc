#include "guard/realtime_setup.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hedge::guard {
namespace {

std::string limit_of(__rlimit_resource resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return "unknown";
  return limit.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_cur);
}

Grant result(std::string what, int error, const std::string& advice) {
  if (error == 0) return {.what = std::move(what), .granted = true};
  return {.what = std::move(what), .granted = false, .why = fmt::format("{}; {}", std::strerror(error), advice)};
}

Grant fifo(const RealtimeRequest& request) {
  const sched_param parameters{.sched_priority = request.fifo_priority};
  const int error = ::sched_setscheduler(0, SCHED_FIFO, &parameters) == 0 ? 0 : errno;
  return result(fmt::format("SCHED_FIFO {}", request.fifo_priority), error,
                fmt::format("give CAP_SYS_NICE or raise the limit of real-time priority (ulimit -r, now {})",
                            limit_of(RLIMIT_RTPRIO)));
}

Grant lock() {
  const int error = ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0 ? 0 : errno;
  return result("mlockall", error,
                fmt::format("give CAP_IPC_LOCK or raise the limit of locked memory (ulimit -l, now {} bytes)",
                            limit_of(RLIMIT_MEMLOCK)));
}

Grant pin(const std::vector<int>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus)
    if (cpu >= 0 && cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
  int error = ::sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
  // The kernel grants what it can of a set; half of it is not what was asked for.
  cpu_set_t got;
  CPU_ZERO(&got);
  if (error == 0 && (::sched_getaffinity(0, sizeof got, &got) != 0 || !CPU_EQUAL(&set, &got))) error = EINVAL;
  return result(fmt::format("CPUs {}", fmt::join(cpus, ",")), error,
                "name CPUs that this process may use (taskset -p)");
}

}  // namespace

std::vector<Grant> request_realtime(const RealtimeRequest& request) {
  std::vector<Grant> grants;
  if (!request.cpus.empty()) grants.push_back(pin(request.cpus));
  if (request.lock_memory) grants.push_back(lock());
  if (request.fifo_priority > 0) grants.push_back(fifo(request));
  return grants;
}

std::string to_string(const Grant& grant) {
  return grant.granted ? grant.what + ": granted" : fmt::format("{}: refused: {}", grant.what, grant.why);
}

std::string scheduling_class() {
  sched_param parameters{};
  const int policy = ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
  ::sched_getparam(0, &parameters);
  switch (policy) {
    case SCHED_FIFO: return fmt::format("SCHED_FIFO {}", parameters.sched_priority);
    case SCHED_RR: return fmt::format("SCHED_RR {}", parameters.sched_priority);
    case SCHED_OTHER: return fmt::format("SCHED_OTHER, nice {}", ::getpriority(PRIO_PROCESS, 0));
    case SCHED_BATCH: return fmt::format("SCHED_BATCH, nice {}", ::getpriority(PRIO_PROCESS, 0));
    case SCHED_IDLE: return "SCHED_IDLE";
    default: return fmt::format("policy {}", policy);
  }
}

}  // namespace hedge::guard
