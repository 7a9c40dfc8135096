// A watchdog with its worker, as processes, and the receiver of what they send: makes a fault and measures, at the
// receiver, how long it took until SAFE was there.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "guard/safe_datagram.h"

namespace hedge::guard::test {

using namespace std::chrono_literals;

inline constexpr nanoseconds kPatience = 20s;  // on a machine under load; a test that passes never waits so long

struct Received {
  SafeDatagram datagram;
  nanoseconds at{0};  // when the kernel had it for us, which a receiver that is slow to wake does not change
};

class Receiver {
 public:
  Receiver() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int yes = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
    ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_);
    socklen_t size = sizeof address_;
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address_), &size);
  }
  int port() const { return ntohs(address_.sin_port); }

  std::optional<Received> next(nanoseconds until) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - monotonic_now());
    pollfd watched{socket_.get(), POLLIN, 0};
    if (::poll(&watched, 1, static_cast<int>(std::max(left, 0ms).count())) != 1) return std::nullopt;
    Received received;
    iovec bytes{&received.datagram, sizeof received.datagram};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec))];
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (::recvmsg(socket_.get(), &message, 0) != sizeof received.datagram) return std::nullopt;
    received.at = arrived(message);
    return received;
  }

  /// The next one for which `wanted` holds.
  template <class Wanted>
  std::optional<Received> wait_for(Wanted wanted, nanoseconds patience = kPatience) const {
    const nanoseconds until = monotonic_now() + patience;
    while (const auto received = next(until))
      if (wanted(received->datagram)) return received;
    return std::nullopt;
  }

 private:
  /// The kernel stamps with the clock on the wall: how long ago, taken off the steady clock.
  static nanoseconds arrived(msghdr& message) {
    timespec wall{};
    ::clock_gettime(CLOCK_REALTIME, &wall);
    const nanoseconds now = monotonic_now();
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_TIMESTAMPNS) return now;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(header), sizeof stamp);
    return now - std::chrono::seconds(wall.tv_sec - stamp.tv_sec) - nanoseconds(wall.tv_nsec - stamp.tv_nsec);
  }

  base::Descriptor socket_;
  sockaddr_in address_{};
};

/// True once the process is gone.
inline bool wait_gone(const base::Descriptor& process, nanoseconds patience = kPatience) {
  pollfd watched{process.get(), POLLIN, 0};
  return ::poll(&watched, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(patience).count())) == 1;
}
inline base::Descriptor open_process(pid_t pid) {
  return base::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

struct FaultKind {
  const char* name;
  char letter;  // for the worker; 0: `signal` is sent to it
  int signal;
  Fault reason;
};
inline constexpr FaultKind kFaultKinds[] = {
    {"SIGKILL", 0, SIGKILL, Fault::kKilled},
    {"SIGSTOP", 0, SIGSTOP, Fault::kStopped},
    {"SIGSEGV", 0, SIGSEGV, Fault::kCrashed},
    {"abort", 'a', 0, Fault::kCrashed},
    {"exit", 'x', 0, Fault::kExited},
    {"stall", 's', 0, Fault::kStalled},
    {"camera frozen", 'f', 0, Fault::kFrozen},
    {"camera black", 'b', 0, Fault::kBlack},
    {"no frames", 'q', 0, Fault::kNoFrames},
    {"NaN output", 'n', 0, Fault::kNotFinite},
    {"deadline storm", 'd', 0, Fault::kDeadlineStorm},
};

/// What became of one fault.
struct Trial {
  bool arrived = false;
  Fault reason = Fault::kNone;
  nanoseconds took{0};  // from the fault to SAFE at the receiver
};

class TrialBed {
 public:
  TrialBed(std::vector<std::string> programs, const std::string& safety) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    command_ = base::Descriptor(ends[1]);
    const base::Descriptor input(ends[0]);
    std::vector<std::string> words = {programs[0], std::to_string(receiver_.port()), "[safety]\n" + safety};
    words.insert(words.end(), programs.begin() + 1, programs.end());
    words.push_back(std::to_string(receiver_.port()));
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const pid_t parent = ::getpid();
    watchdog_ = ::fork();
    if (watchdog_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::dup2(input.get(), STDIN_FILENO);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  TrialBed(const TrialBed&) = delete;
  TrialBed& operator=(const TrialBed&) = delete;
  ~TrialBed() {
    if (watchdog_ <= 0) return;
    ::kill(watchdog_, SIGKILL);  // its worker dies of it
    ::waitpid(watchdog_, nullptr, 0);
  }

  const Receiver& receiver() const { return receiver_; }
  pid_t watchdog() const { return watchdog_; }
  void command(char letter) const { (void)!::write(command_.get(), &letter, 1); }

  /// A command of the worker that it sends from now on: it runs, and nobody overrules it. Its process.
  std::optional<pid_t> wait_running() const {
    const nanoseconds from = monotonic_now();
    const auto off = receiver_.wait_for(
        [&](const SafeDatagram& datagram) { return datagram.kind == Kind::kOff && datagram.sent >= from; });
    return off ? std::optional<pid_t>(off->datagram.pid) : std::nullopt;
  }

  /// The next SAFE of the watchdog that is no repeat and was sent from `from` on.
  std::optional<Received> wait_safe(nanoseconds from) const {
    return receiver_.wait_for([&](const SafeDatagram& datagram) {
      return datagram.kind == Kind::kSafe && !datagram.repeat && datagram.sent >= from;
    });
  }

  /// True once `count` more have come for which `wanted` holds.
  template <class Wanted>
  bool wait_count(int count, Wanted wanted) const {
    const nanoseconds until = monotonic_now() + kPatience;
    while (count > 0) {
      const auto received = receiver_.next(until);
      if (!received || received->at > until) return false;
      if (wanted(received->datagram)) --count;
    }
    return true;
  }

  Trial run(const FaultKind& kind) const {
    Trial trial;
    const auto worker = wait_running();
    if (!worker) return trial;
    nanoseconds began = monotonic_now();
    if (kind.letter != 0)
      command(kind.letter);
    else
      ::kill(*worker, kind.signal);
    bool known = kind.letter == 0;
    std::optional<Received> safe;
    const nanoseconds from = began, until = from + kPatience;
    while (!safe || !known) {
      const auto received = receiver_.next(until);
      if (!received) return trial;
      const SafeDatagram& datagram = received->datagram;
      if (datagram.kind == Kind::kFault) {
        known = true;
        began = datagram.when;
      }
      if (!safe && datagram.kind == Kind::kSafe && !datagram.repeat && datagram.sent >= from) safe = received;
      if (safe && !known && received->at > safe->at + 1s) break;  // SAFE for another reason, before the fault
    }
    if (kind.signal == SIGSTOP) ::kill(*worker, SIGCONT);
    return {.arrived = true, .reason = safe->datagram.reason, .took = safe->at - began};
  }

  /// Ends the watchdog as a user would; its exit status, or -signal.
  int end(int signal = SIGTERM) {
    ::kill(watchdog_, signal);
    return wait_end();
  }
  int wait_end() {
    int status = 0;
    ::waitpid(watchdog_, &status, 0);
    watchdog_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  Receiver receiver_;
  base::Descriptor command_;
  pid_t watchdog_ = -1;
};

inline nanoseconds median(std::vector<nanoseconds> times) {
  if (times.empty()) return nanoseconds(0);
  std::ranges::sort(times);
  return times[(times.size() - 1) / 2];
}

}  // namespace hedge::guard::test
