// The watchdog: a process that starts the worker, watches it, and puts the outputs into SAFE when it is not well.
//
// It is the worker's parent, so the kernel tells it of a death or a stop at once; everything else it sees in the
// heartbeat, which it reads every `poll`. One thread; after the start it allocates only to start another worker; what
// it says goes to standard error after the outputs had their command, and is dropped rather than waited for. It loads
// no model and opens no camera.
//
// Signals: SIGINT and SIGTERM (SIGHUP counts as SIGTERM) go on to the worker, which has `stop` to end; SIGUSR1 asks
// that SAFE ends (return = "manual"). SIGTSTP is ignored: Ctrl-Z must not leave the outputs unwatched.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "guard/realtime_setup.h"
#include "guard/safe_sink.h"
#include "guard/safe_state.h"

namespace hedge::guard {

/// What becomes of a worker that died of a fault.
enum class AfterFault {
  kRestart,  ///< another one is started, with growing pauses
  kHold,     ///< SAFE is repeated until somebody ends the watchdog
  kEnd,      ///< the watchdog ends, after SAFE was sent
};

struct WatchdogRules {
  SafeRules safe;
  nanoseconds poll = milliseconds(5);
  nanoseconds repeat = milliseconds(20);  ///< SAFE is sent again so often
  nanoseconds stop = milliseconds(2000);  ///< a worker that was asked to end and has not is killed
  nanoseconds hang = milliseconds(1000);  ///< so is one that is stalled or stopped for so long; 0: never
  AfterFault after_fault = AfterFault::kRestart;
  nanoseconds restart = milliseconds(200);       ///< pause before the first restart; twice as long each time,
  nanoseconds restart_max = milliseconds(5000);  ///< up to this
  int restarts_max = 10;  ///< without a RUNNING of `settled` between them; then it holds. 0: never again
  nanoseconds settled = milliseconds(10000);
  RealtimeRequest realtime{.fifo_priority = 50, .lock_memory = true};  ///< of the watchdog itself
};

class Watchdog {
 public:
  /// Call it first of all, while the process has one thread: it blocks the signals above and asks for real time, and
  /// threads that the sinks start later inherit both. It says on standard error what was granted.
  static base::Result<Watchdog> create(std::vector<std::string> command, const WatchdogRules& rules);
  Watchdog(Watchdog&&) noexcept;
  Watchdog& operator=(Watchdog&&) noexcept;
  ~Watchdog();

  /// Sends SAFE to every sink, starts the worker, watches it until it or somebody ends it. Call it once. The worker's
  /// exit status; 1 where a signal ended it. kUnavailable: a sink took no SAFE; nothing was started.
  base::Result<int> run(std::vector<SafeSink*> sinks);

 private:
  class Loop;
  explicit Watchdog(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace hedge::guard
