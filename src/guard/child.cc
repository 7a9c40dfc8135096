#include "guard/child.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "guard/worker_link.h"

namespace hedge::guard {
namespace {

using Words = std::vector<char*>;

/// In the child, between fork and exec: nothing that allocates or returns.
[[noreturn]] void become(const Words& words, const Words& environment, int heartbeat, pid_t watchdog) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != watchdog) ::_exit(127);  // it died before the line above
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGTSTP, SIGTTOU, SIGTTIN, SIGUSR1, SIGCHLD})
    ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const sched_param ordinary{};  // the watchdog's priority is its own; the worker asks for one itself
  if (::sched_getscheduler(0) != SCHED_OTHER) ::sched_setscheduler(0, SCHED_OTHER, &ordinary);
  if (heartbeat >= 0) ::fcntl(heartbeat, F_SETFD, 0);
  ::execvpe(words[0], words.data(), environment.data());
  const char* why = ::strerrordesc_np(errno);
  for (const char* part : {"hedge: cannot run ", static_cast<const char*>(words[0]), ": ", why, "\n"})
    if (::write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  ::_exit(127);
}

}  // namespace

base::Result<Child> Child::start(const std::vector<std::string>& command, int heartbeat_descriptor) {
  if (command.empty()) return base::fail(base::ErrorKind::kUsage, "no program to start: name one");
  std::vector<std::string> texts = command;
  std::string variable = fmt::format("{}={}", kHeartbeatVariable, heartbeat_descriptor);
  Words words, environment;
  for (std::string& text : texts) words.push_back(text.data());
  words.push_back(nullptr);
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with(std::string(kHeartbeatVariable) + "=")) environment.push_back(*entry);
  if (heartbeat_descriptor >= 0) environment.push_back(variable.data());
  environment.push_back(nullptr);
  const pid_t watchdog = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0)
    return base::fail(base::ErrorKind::kUnavailable, "cannot start {}: {}", command[0], std::strerror(errno));
  if (pid == 0) become(words, environment, heartbeat_descriptor, watchdog);
  ::setpgid(pid, pid);  // both do: whoever is first
  Child child;
  child.pid_ = pid;
  child.state_ = ChildState::kRunning;
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      state_(other.state_),
      signal_(other.signal_),
      exit_status_(other.exit_status_) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(state_, other.state_);
  std::swap(signal_, other.signal_);
  std::swap(exit_status_, other.exit_status_);
  return *this;
}

Child::~Child() {
  if (pid_ == 0 || state_ == ChildState::kEnded) return;
  kill_group();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Child::update() {
  while (pid_ != 0 && state_ != ChildState::kEnded) {
    const auto id = static_cast<id_t>(pid_);
    siginfo_t info{};
    if (::waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
      if (errno == EINTR) continue;
      state_ = ChildState::kEnded;  // nobody else reaps it, so this cannot be; but it must not count as alive
      return;
    }
    if (info.si_pid != 0) {
      ::kill(-pid_, SIGKILL);  // helpers that it left behind; while it is not reaped, its number is nobody else's
      while (::waitid(P_PID, id, &info, WEXITED) != 0 && errno == EINTR) {
      }
      state_ = ChildState::kEnded;
      (info.si_code == CLD_EXITED ? exit_status_ : signal_) = info.si_status;
      return;
    }
    if (::waitid(P_PID, id, &info, WSTOPPED | WCONTINUED | WNOHANG) != 0 || info.si_pid == 0) return;
    state_ = info.si_code == CLD_CONTINUED ? ChildState::kRunning : ChildState::kStopped;
  }
}

void Child::send(int signal) const {
  if (pid_ != 0 && state_ != ChildState::kEnded) ::kill(pid_, signal);
}

void Child::kill_group() const {
  if (pid_ == 0 || state_ == ChildState::kEnded) return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);  // should the group not be its own
}

}  // namespace hedge::guard
