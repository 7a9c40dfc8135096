#include "guard/watchdog.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/descriptor.h"
#include "guard/child.h"
#include "guard/event_lines.h"

namespace hedge::guard {
namespace {

using base::ErrorKind;
using base::fail;

constexpr nanoseconds kTellAgain = milliseconds(1000);  // faults that come and go with each frame fill no log
constexpr int kSignals[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGUSR1};

double milliseconds_of(nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

}  // namespace

class Watchdog::Loop {
 public:
  Loop(std::vector<std::string> command, const WatchdogRules& rules, HeartbeatMemory memory, base::Descriptor signals)
      : command_(std::move(command)),
        rules_(rules),
        memory_(std::move(memory)),
        signals_(std::move(signals)),
        state_(rules.safe, monotonic_now()),
        pause_(rules.restart) {
    for (const Grant& grant : request_realtime(rules_.realtime)) lines_.write("hedge guard: {}", to_string(grant));
  }

  base::Result<int> run(std::vector<SafeSink*> sinks) {
    if (sinks.empty())
      return fail(ErrorKind::kUsage, "a watchdog without a safe output protects nothing: name an actuator");
    sinks_ = std::move(sinks);
    failed_.assign(sinks_.size(), false);
    memory_.set_latch(true);
    since_ = monotonic_now();
    send(since_);
    for (std::size_t k = 0; k < sinks_.size(); ++k)
      if (failed_[k])
        return fail(ErrorKind::kUnavailable, "safe output '{}' does not take SAFE: the worker is not started",
                    sinks_[k]->name());
    TRY(start(since_));
    while (true) {
      wait();
      const nanoseconds now = monotonic_now();
      memory_.set_seen(now);
      child_.update();
      step(now);
      if (ended(now)) break;
      manage_child(now);
    }
    finish();
    return child_.signal() != 0 ? 1 : child_.exit_status();
  }

 private:
  base::Status start(nanoseconds now) {
    memory_.clear();
    memory_.set_seen(now);
    state_.worker_started(now);
    child_ = TRY(Child::start(command_, memory_.descriptor()));
    restart_at_.reset();
    hang_since_.reset();
    return {};
  }

  /// Until the next poll, or a signal.
  void wait() {
    const nanoseconds left = std::clamp(next_poll_ - monotonic_now(), nanoseconds(0), rules_.poll);
    const timespec timeout{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    pollfd watched{signals_.get(), POLLIN, 0};
    if (::ppoll(&watched, 1, &timeout, nullptr) > 0) take_signals();
    if (const nanoseconds now = monotonic_now(); now >= next_poll_) next_poll_ = now + rules_.poll;
  }

  void take_signals() {
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      const int number = static_cast<int>(info.ssi_signo);
      if (number == SIGCHLD) continue;
      if (number == SIGUSR1) {
        reset_ = true;
        continue;
      }
      end_ = true;
      child_.send(number == SIGHUP ? SIGTERM : number);
      child_.send(SIGCONT);  // a stopped one could not end
    }
  }

  void step(nanoseconds now) {
    const auto beat = memory_.read();
    if (beat) captured_ = std::max(captured_, beat->captured);
    const Verdict before = verdict_;
    verdict_ = state_.step({.now = now,
                            .beat = beat,
                            .child = child_.state(),
                            .signal = child_.signal(),
                            .exit_status = child_.exit_status(),
                            .reset = std::exchange(reset_, false),
                            .end = end_});
    if (verdict_.safe()) {
      if (!before.safe()) {
        since_ = now;
        memory_.set_latch(true);  // first: from here on the worker is overruled
      }
      if (verdict_.changed || now - sent_ >= rules_.repeat || std::ranges::find(failed_, true) != failed_.end())
        send(now);
    } else if (before.safe()) {
      for (SafeSink* sink : sinks_) sink->release();
      memory_.set_latch(false);
    }
    if (verdict_.changed && verdict_.mode == Mode::kRunning) running_since_ = now;
    tell(before, now);
  }

  /// SAFE to every sink when it is due, else to those that did not take the last one.
  void send(nanoseconds now) {
    const bool due = verdict_.changed || sent_ == nanoseconds(0) || now - sent_ >= rules_.repeat || closing_;
    const SafeCommand command{.reason = verdict_.reason,
                              .present = verdict_.present,
                              .since = since_,
                              .captured = captured_,
                              .repeat = !verdict_.changed && sent_ != nanoseconds(0),
                              .closing = closing_};
    for (std::size_t k = 0; k < sinks_.size(); ++k) {
      if (!due && !failed_[k]) continue;
      const bool failed = !sinks_[k]->send(command);
      if (failed != failed_[k]) told_failures_ = false;
      failed_[k] = failed;
    }
    if (due) sent_ = now;
  }

  void tell(const Verdict& before, nanoseconds now) {
    if (verdict_.changed && verdict_.mode == Mode::kSafe)
      lines_.write("hedge guard: SAFE: {} (worker {}, last heartbeat {:.0f} ms ago)", to_string(verdict_.reason),
                   child_.pid(), milliseconds_of(state_.silence(now)));
    else if (verdict_.changed)
      lines_.write("hedge guard: {} (worker {}; before: {})", to_string(verdict_.mode), child_.pid(),
                   to_string(before.mode));
    if (verdict_.changed) {
      told_present_ = verdict_.present;
      told_at_ = now;
    } else if (verdict_.mode == Mode::kSafe && verdict_.present != told_present_ && now - told_at_ > kTellAgain) {
      lines_.write("hedge guard: still SAFE: {} -> {}", to_string(told_present_), to_string(verdict_.present));
      told_present_ = verdict_.present;
      told_at_ = now;
    }
    if (verdict_.reset_refused)
      lines_.write("hedge guard: SAFE stays: {}", verdict_.present != Fault::kNone
                                                      ? to_string(verdict_.present)
                                                      : "the worker is not healthy for long enough yet");
    if (told_failures_) return;
    told_failures_ = true;
    for (std::size_t k = 0; k < sinks_.size(); ++k)
      if (failed_[k]) lines_.write("hedge guard: safe output {} of {} does not take SAFE", k + 1, sinks_.size());
  }

  /// Whether the watchdog's work is done: the worker is gone, and nobody wants another one.
  bool ended(nanoseconds now) {
    if (child_.state() != ChildState::kEnded) return false;
    if (end_ || verdict_.mode == Mode::kEnding) return true;
    if (verdict_.reason == Fault::kEnded) return true;
    if (verdict_.present == Fault::kConfiguration) return true;
    return rules_.after_fault == AfterFault::kEnd;
  }

  void manage_child(nanoseconds now) {
    if (child_.state() == ChildState::kEnded) return restart(now);
    // A worker that ends: by order, or because its source did.
    if (end_ || verdict_.mode == Mode::kEnding || verdict_.reason == Fault::kEnded) {
      if (!ending_since_) ending_since_ = now;
      if (now - *ending_since_ > rules_.stop) child_.kill_group();
      return;
    }
    const Fault fault = verdict_.present;
    if (fault != Fault::kStalled && fault != Fault::kStopped && fault != Fault::kNotStarted &&
        fault != Fault::kWorkerError)
      return hang_since_.reset();
    if (!hang_since_) hang_since_ = now;
    if (rules_.hang != nanoseconds(0) && now - *hang_since_ > rules_.hang) child_.kill_group();
  }

  void restart(nanoseconds now) {
    if (rules_.after_fault != AfterFault::kRestart) return;
    if (!restart_at_) {
      if (running_since_ && now - *running_since_ > rules_.settled) {
        pause_ = rules_.restart;
        restarts_ = 0;
      }
      running_since_.reset();
      restart_at_ = now + pause_;
      pause_ = std::min(2 * pause_, rules_.restart_max);
      if (restarts_ == rules_.restarts_max)
        lines_.write("hedge guard: {} restarts did not help: SAFE holds until this process is ended", restarts_);
    }
    if (now < *restart_at_ || restarts_ >= rules_.restarts_max) return;
    ++restarts_;
    if (const auto status = start(now); !status) {
      lines_.write("hedge guard: {}", status.error().message);
      restart_at_ = now + pause_;
    }
  }

  /// The last SAFE says that nobody watches from here on.
  void finish() {
    if (!verdict_.safe()) return;
    closing_ = true;
    send(monotonic_now());
  }

  std::vector<std::string> command_;
  WatchdogRules rules_;
  std::vector<SafeSink*> sinks_;
  std::vector<char> failed_;  // of each sink: it did not take the last SAFE
  HeartbeatMemory memory_;
  base::Descriptor signals_;
  SafeState state_;
  EventLines lines_{STDERR_FILENO};
  Child child_;
  Verdict verdict_;
  bool end_ = false, reset_ = false, closing_ = false, told_failures_ = true;
  Fault told_present_ = Fault::kNone;
  nanoseconds next_poll_{0}, sent_{0}, since_{0}, captured_{0}, told_at_{0}, pause_;
  int restarts_ = 0;
  std::optional<nanoseconds> restart_at_, running_since_, ending_since_, hang_since_;
};

base::Result<Watchdog> Watchdog::create(std::vector<std::string> command, const WatchdogRules& rules) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : kSignals) sigaddset(&set, number);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0)
    return fail(ErrorKind::kIo, "watchdog: cannot block signals: {}", std::strerror(errno));
  ::signal(SIGCHLD, SIG_DFL);  // where it is ignored the kernel reaps, and tells nobody how a child ended
  for (const int number : {SIGPIPE, SIGTSTP, SIGTTOU, SIGTTIN}) ::signal(number, SIG_IGN);
  base::Descriptor signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return fail(ErrorKind::kIo, "watchdog: no signalfd: {}", std::strerror(errno));
  HeartbeatMemory memory = TRY(HeartbeatMemory::create());
  return Watchdog(std::make_unique<Loop>(std::move(command), rules, std::move(memory), std::move(signals)));
}

Watchdog::Watchdog(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Watchdog::Watchdog(Watchdog&&) noexcept = default;
Watchdog& Watchdog::operator=(Watchdog&&) noexcept = default;
Watchdog::~Watchdog() = default;

base::Result<int> Watchdog::run(std::vector<SafeSink*> sinks) { return loop_->run(std::move(sinks)); }

}  // namespace hedge::guard
