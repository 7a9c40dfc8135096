// How long after a fault SAFE is at the receiver: many trials of each fault, with the default limits.
//   safe_trials [--trials N] [--fifo PRIORITY]      100; SCHED_FIFO of the worker, 0: none
// Exit status 1 where any trial took more than 100 ms, or SAFE came for another reason.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "guard/realtime_setup.h"
#include "guard/trial_bed.h"

namespace hedge::guard::test {
namespace {

double ms(nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

bool measure(const FaultKind& kind, int trials, const std::string& fifo) {
  const TrialBed bed({GUARD_WATCHDOG, GUARD_WORKER, fifo},
                     "healthy_ms = 100\nhealthy_frames = 3\nrestart_ms = 10\nrestart_max_ms = 10\n"
                     "restarts_max = 1000000\nhang_ms = 0\n");
  std::vector<nanoseconds> times;
  int late = 0, other = 0, lost = 0;
  for (int k = 0; k < trials; ++k) {
    const Trial trial = bed.run(kind);
    if (!trial.arrived) {
      ++lost;
      continue;
    }
    // The outputs were SAFE already for another reason, on a machine too busy to keep the limits: told, not timed.
    if (trial.reason != kind.reason) {
      ++other;
      continue;
    }
    times.push_back(trial.took);
    late += trial.took > 100ms ? 1 : 0;
  }
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times.empty() ? 0 : ms(times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))]);
  };
  std::printf("%-15s %6d %9.2f %9.2f %9.2f %8d %6d %6d\n", kind.name, trials, at(0.5), at(0.9), at(1), late, other,
              lost);
  std::fflush(stdout);
  return late == 0 && other == 0 && lost == 0;
}

}  // namespace
}  // namespace hedge::guard::test

int main(int argc, char** argv) {
  namespace test = hedge::guard::test;
  int trials = 100;
  std::string fifo = "0";
  for (int k = 1; k < argc; ++k) {
    if (std::strcmp(argv[k], "--trials") == 0 && k + 1 < argc) {
      trials = std::atoi(argv[++k]);
    } else if (std::strcmp(argv[k], "--fifo") == 0 && k + 1 < argc) {
      fifo = argv[++k];
    } else {
      std::fprintf(stderr, "safe_trials: [--trials N] [--fifo PRIORITY], not '%s'\n", argv[k]);
      return 2;
    }
  }
  if (std::freopen("/dev/null", "w", stderr) == nullptr) return 2;  // what the watchdogs say of each trial
  std::printf("From the fault to SAFE at the receiver, ms; receiver %s, worker SCHED_FIFO %s\n",
              hedge::guard::scheduling_class().c_str(), fifo.c_str());
  std::printf("%-15s %6s %9s %9s %9s %8s %6s %6s\n", "fault", "trials", "p50", "p90", "worst", "> 100 ms", "other",
              "lost");
  bool good = true;
  for (const test::FaultKind& kind : test::kFaultKinds) good = test::measure(kind, trials, fifo) && good;
  return good ? 0 : 1;
}
