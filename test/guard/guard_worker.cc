// A worker as the pipeline's will be, but for the camera and the model, with faults on command.
//   guard_worker FIFO_PRIORITY PORT      0: none. A letter on standard input makes a fault: see Worker::obey
// It uses the real monitors on a noisy picture, and sends "off" for each frame that it may act on.
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <csignal>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "guard/check_finite.h"
#include "guard/deadline_monitor.h"
#include "guard/frame_monitor.h"
#include "guard/noisy_picture.h"
#include "guard/realtime_setup.h"
#include "guard/safe_datagram.h"
#include "guard/worker_link.h"

namespace hedge::guard::test {
namespace {

using namespace std::chrono_literals;

constexpr nanoseconds kPeriod = 33ms, kDeadline = 50ms, kBeat = 10ms;
constexpr int kFaultyFrames = 10;

volatile std::sig_atomic_t asked_to_end = 0;

class Worker {
 public:
  Worker(WorkerLink link, int port) : link_(std::move(link)), sender_(port), frames_({}, monotonic_now()) {}

  int run() {
    sender_.send({.kind = Kind::kStarted});
    next_ = monotonic_now();
    while (asked_to_end == 0) {
      next_ = std::max(next_ + kPeriod, monotonic_now() - kPeriod);
      wait_until(next_);
      read_command();
      if (silent_ > 0) {
        if (--silent_ == kFaultyFrames - 1) fault(next_);
        continue;
      }
      frame();
    }
    link_.stop(StopReason::kFinished);
    return 0;
  }

 private:
  void wait_until(nanoseconds end) {
    while (true) {
      const nanoseconds now = monotonic_now();
      link_.idle(now < end || silent_ > 0 ? frames_.idle(now) : flags_);
      if (now >= end) return;
      const nanoseconds to = std::min(end, now + kBeat);
      const timespec at{to.count() / 1'000'000'000, to.count() % 1'000'000'000};
      ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
    }
  }

  void fault(nanoseconds when) { sender_.send({.kind = Kind::kFault, .when = when}); }

  void read_command() {
    pollfd watched{STDIN_FILENO, POLLIN, 0};
    char letter = 0;
    if (::poll(&watched, 1, 0) == 1 && ::read(STDIN_FILENO, &letter, 1) == 1) obey(letter);
  }

  void obey(char letter) {
    switch (letter) {
      case 'a': fault(monotonic_now()); std::abort();
      case 'x': fault(monotonic_now()); std::_Exit(3);
      case 'c': link_.stop(StopReason::kConfiguration); std::_Exit(4);
      case 'e': asked_to_end = 1; return;
      case 'f': frozen_ = kFaultyFrames; return;
      case 'b': black_ = kFaultyFrames; return;
      case 'q': silent_ = kFaultyFrames; return;
      case 'n': not_finite_ = 1; return;
      case 'd': late_ = 4; return;
      case 's': {  // hangs, and goes on
        const nanoseconds from = monotonic_now(), to = from + 400ms;
        fault(from);
        while (monotonic_now() < to) ::poll(nullptr, 0, 10);
        return;
      }
      default: return;
    }
  }

  void frame() {
    const nanoseconds captured = monotonic_now();
    deadline_.begin(captured);
    if (frozen_ == kFaultyFrames || black_ == kFaultyFrames || not_finite_ == 1) fault(captured);
    if (frozen_ > 0)
      --frozen_;
    else
      picture_.next();
    const NoisyPicture& shown = black_ > 0 ? (--black_, black_picture_.next(), black_picture_) : picture_;
    flags_ = frames_.frame(
        sample_picture(shown.pixels().data(), 3 * shown.width(), shown.height(), 3 * shown.width(), 24), captured);
    link_.idle(flags_);  // a camera that lies is told before the model is asked
    tensor_[77] = not_finite_ > 0 ? (--not_finite_, NAN) : 1;
    if (!check_finite(tensor_)) flags_ |= kFlagNotFinite;
    if (late_ > 0) {
      --late_;
      wait_until(captured + kDeadline + 10ms);
    }
    const nanoseconds decided = monotonic_now();
    link_.act([&] { sender_.send({.kind = Kind::kOff}); },
              [&] {
                if (link_.permission() == Permission::kUnwatched) sender_.send({.kind = Kind::kWorkerSafe});
              });
    const nanoseconds actuated = monotonic_now();
    const DeadlineVerdict verdict = deadline_.end(actuated);
    if (verdict.storm && !storm_) fault(captured + kDeadline);
    storm_ = verdict.storm;
    link_.frame({.index = index_++, .captured = captured, .decided = decided, .actuated = actuated},
                flags_ | verdict.flags());
  }

  WorkerLink link_;
  Sender sender_;
  nanoseconds next_{0};
  FrameMonitor frames_;
  DeadlineMonitor deadline_{{.deadline = kDeadline, .misses_max = 3, .misses_of = 10}};
  NoisyPicture picture_{160, 120, 100}, black_picture_{160, 120, 8};
  std::vector<float> tensor_ = std::vector<float>(1000, 1.0F);
  std::uint32_t flags_ = 0;
  std::uint64_t index_ = 0;
  int frozen_ = 0, black_ = 0, silent_ = 0, not_finite_ = 0, late_ = 0;
  bool storm_ = false;
};

}  // namespace
}  // namespace hedge::guard::test

int main(int argc, char** argv) {
  using namespace hedge::guard;  // NOLINT
  if (argc != 3) return 2;
  auto link = WorkerLink::from_environment();
  if (!link || !link->has_value()) {
    std::fprintf(stderr, "guard_worker: no watchdog has started this\n");
    return 2;
  }
  std::signal(SIGTERM, [](int) { test::asked_to_end = 1; });
  std::signal(SIGINT, [](int) { test::asked_to_end = 1; });
  for (const Grant& grant : request_realtime({.fifo_priority = std::atoi(argv[1])}))
    if (!grant.granted) std::fprintf(stderr, "guard_worker: %s\n", to_string(grant).c_str());
  return test::Worker(std::move(**link), std::atoi(argv[2])).run();
}
