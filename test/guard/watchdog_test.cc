// The watchdog and workers as real processes, seen from the receiver of their datagrams.
#include <sched.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <gtest/gtest.h>

#include "guard/trial_bed.h"

namespace hedge::guard::test {
namespace {

// Patient limits: on a machine under load a worker that is merely slow must not look stalled.
const std::string kPatient =
    "stall_ms = 3000\nno_frames_ms = 3000\nunwatched_ms = 5000\nhealthy_ms = 50\nhealthy_frames = 2\n"
    "restart_ms = 10\nrestart_max_ms = 10\nrestarts_max = 1000\nhang_ms = 0\n";

/// The patient section, with some keys otherwise.
std::string patient_but(const std::string& more) {
  std::string text;
  std::istringstream lines(kPatient);
  for (std::string line; std::getline(lines, line);)
    if (more.find(line.substr(0, line.find('=') + 1)) == std::string::npos) text += line + "\n";
  return text + more;
}

TrialBed bed(const std::string& more = "") { return {{GUARD_WATCHDOG, GUARD_WORKER, "0"}, patient_but(more)}; }

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    std::string text;
    if (!std::getline(file, text)) continue;
    int pid = 0, owner = 0;
    char state = 0;
    const auto end = text.rfind(')');  // a name may hold blanks
    if (end == std::string::npos || std::sscanf(text.c_str(), "%d", &pid) != 1 ||
        std::sscanf(text.c_str() + end + 1, " %c %d", &state, &owner) != 2)
      continue;
    if (owner == parent) children.push_back(pid);
  }
  return children;
}

class EachFault : public testing::TestWithParam<FaultKind> {};

TEST_P(EachFault, is_answered_with_safe_20_times_of_20) {
  const FaultKind& kind = GetParam();
  const bool stall = kind.reason == Fault::kStalled;
  const TrialBed trials = bed(stall ? "stall_ms = 200\n" : "");
  std::vector<nanoseconds> times;
  // On a machine under load a worker may really be late just then: SAFE for that reason is right, and is no trial.
  for (int others = 0; times.size() < 20;) {
    const Trial trial = trials.run(kind);
    ASSERT_TRUE(trial.arrived) << "trial " << times.size();
    if (trial.reason != kind.reason) {
      ASSERT_LT(++others, 10) << "SAFE for: " << to_string(trial.reason);
      continue;
    }
    EXPECT_LT(trial.took, 2s) << "trial " << times.size();
    times.push_back(trial.took);
  }
  std::cout << kind.name << ": p50 " << std::chrono::duration<double, std::milli>(median(times)).count()
            << " ms, worst " << std::chrono::duration<double, std::milli>(std::ranges::max(times)).count() << " ms\n";
}

INSTANTIATE_TEST_SUITE_P(Watchdog, EachFault, testing::ValuesIn(kFaultKinds), [](const auto& info) {
  std::string name = info.param.name;
  std::ranges::replace(name, ' ', '_');
  return name;
});

TEST(Watchdog, sends_safe_before_the_worker_begins) {
  const TrialBed trials = bed();
  const auto first = trials.receiver().next(monotonic_now() + kPatience);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->datagram.kind, Kind::kSafe);
  EXPECT_FALSE(first->datagram.repeat);
  EXPECT_TRUE(trials.wait_running());
}

TEST(Watchdog, a_worker_cannot_outlive_it) {
  TrialBed trials = bed();
  const auto worker = trials.wait_running();
  ASSERT_TRUE(worker);
  const auto process = open_process(*worker);
  EXPECT_EQ(trials.end(SIGKILL), -SIGKILL);
  EXPECT_TRUE(wait_gone(process));
}

TEST(Watchdog, repeats_safe_starts_another_worker_and_leaves_no_zombie) {
  TrialBed trials = bed();
  pid_t before = 0;
  for (int k = 0; k < 5; ++k) {
    const auto worker = trials.wait_running();
    ASSERT_TRUE(worker);
    EXPECT_NE(*worker, before);
    before = *worker;
    EXPECT_EQ(children_of(trials.watchdog()), std::vector{*worker});
    EXPECT_EQ(::sched_getscheduler(*worker), SCHED_OTHER);  // the watchdog's priority is its own
    const nanoseconds from = monotonic_now();
    ::kill(*worker, SIGKILL);
    ASSERT_TRUE(trials.wait_safe(from));
    for (int repeats = 0; repeats < 2; ++repeats)
      EXPECT_TRUE(trials.receiver().wait_for(
          [](const SafeDatagram& datagram) { return datagram.kind == Kind::kSafe && datagram.repeat; }));
  }
  const auto worker = trials.wait_running();
  ASSERT_TRUE(worker);
  const auto process = open_process(*worker);
  EXPECT_EQ(trials.end(), 0);
  EXPECT_TRUE(wait_gone(process));
  EXPECT_TRUE(children_of(::getpid()).empty());
}

TEST(Watchdog, overrules_a_living_worker_until_somebody_resets_it) {
  const TrialBed trials = bed("return = \"manual\"\n");
  ASSERT_TRUE(trials.wait_running());
  const nanoseconds from = monotonic_now();
  trials.command('n');
  ASSERT_TRUE(trials.wait_safe(from));
  // For 60 repeats of SAFE the worker, healthy again, goes on; one command of it may have been under way.
  int commands = 0;
  EXPECT_TRUE(trials.wait_count(60, [&](const SafeDatagram& datagram) {
    commands += datagram.kind == Kind::kOff ? 1 : 0;
    return datagram.kind == Kind::kSafe;
  }));
  EXPECT_LE(commands, 1);
  // A reset counts only when the worker is proven healthy: ask until it is.
  std::optional<Received> off;
  for (const nanoseconds until = monotonic_now() + kPatience; !off && monotonic_now() < until;) {
    ::kill(trials.watchdog(), SIGUSR1);
    off = trials.receiver().wait_for([](const SafeDatagram& datagram) { return datagram.kind == Kind::kOff; }, 200ms);
  }
  EXPECT_TRUE(off);
}

TEST(Watchdog, kills_a_worker_that_hangs_and_starts_another_one) {
  const TrialBed trials = bed("hang_ms = 100\n");
  const auto worker = trials.wait_running();
  ASSERT_TRUE(worker);
  ::kill(*worker, SIGSTOP);
  const auto off = trials.receiver().wait_for(
      [&](const SafeDatagram& datagram) { return datagram.kind == Kind::kOff && datagram.pid != *worker; });
  EXPECT_TRUE(off);
}

TEST(Watchdog, holds_safe_where_no_restart_is_wanted_until_it_is_ended) {
  TrialBed trials = bed("after_fault = \"hold\"\n");
  const auto worker = trials.wait_running();
  ASSERT_TRUE(worker);
  ::kill(*worker, SIGKILL);
  EXPECT_TRUE(trials.wait_count(50, [](const SafeDatagram& datagram) {
    EXPECT_NE(datagram.kind, Kind::kStarted);
    return datagram.kind == Kind::kSafe && datagram.repeat;
  }));
  EXPECT_EQ(trials.end(), 1);
}

TEST(Watchdog, gives_up_on_a_worker_that_never_runs_and_holds_safe) {
  TrialBed trials({GUARD_WATCHDOG, "/bin/false"}, patient_but("restarts_max = 3\n"));
  TrialBed other({GUARD_WATCHDOG, "/nonexistent/worker"}, "after_fault = \"end\"\n");
  EXPECT_EQ(other.wait_end(), 127);
  EXPECT_TRUE(trials.wait_count(30, [](const SafeDatagram& datagram) { return datagram.reason == Fault::kExited; }));
  EXPECT_EQ(trials.end(), 1);
}

TEST(Watchdog, does_not_start_a_worker_again_whose_configuration_is_wrong) {
  TrialBed trials = bed();
  ASSERT_TRUE(trials.wait_running());
  trials.command('c');
  EXPECT_EQ(trials.wait_end(), 4);
  const auto safe = trials.receiver().wait_for([](const SafeDatagram& datagram) { return datagram.closing; });
  ASSERT_TRUE(safe);
  EXPECT_EQ(safe->datagram.reason, Fault::kConfiguration);
}

TEST(Watchdog, hands_on_the_request_to_end_and_says_safe_last) {
  for (const int signal : {SIGTERM, SIGINT}) {
    TrialBed trials = bed();
    ASSERT_TRUE(trials.wait_running());
    EXPECT_EQ(trials.end(signal), 0);
    const auto last = trials.receiver().wait_for([](const SafeDatagram& datagram) { return datagram.closing; });
    ASSERT_TRUE(last);
    EXPECT_EQ(last->datagram.reason, Fault::kEnded);
  }
}

TEST(Watchdog, leaves_the_outputs_of_a_worker_that_ended_as_it_should_where_the_file_says_so) {
  TrialBed trials = bed("at_end = \"leave\"\n");
  ASSERT_TRUE(trials.wait_running());
  const nanoseconds from = monotonic_now();
  trials.command('e');
  EXPECT_EQ(trials.wait_end(), 0);
  const auto safe = trials.receiver().wait_for(
      [&](const SafeDatagram& datagram) { return datagram.kind == Kind::kSafe && datagram.sent >= from; }, 0ms);
  EXPECT_FALSE(safe);
}

TEST(Watchdog, starts_nothing_where_an_output_does_not_take_safe) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const base::Descriptor read_end(ends[0]), write_end(ends[1]);
  const pid_t watchdog = ::fork();
  if (watchdog == 0) {
    ::dup2(write_end.get(), STDERR_FILENO);
    ::execl(GUARD_WATCHDOG, GUARD_WATCHDOG, "0", "[safety]", "/bin/true", nullptr);  // no datagram goes to port 0
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(watchdog, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 100);
  char text[256] = {};
  EXPECT_GT(::read(read_end.get(), text, sizeof text - 1), 0);
  EXPECT_NE(std::string(text).find("safe output 'test' does not take SAFE"), std::string::npos) << text;
}

TEST(Watchdog, a_worker_whose_watchdog_is_stopped_sends_safe_itself) {
  const TrialBed trials({GUARD_WATCHDOG, GUARD_WORKER, "0"}, "stall_ms = 3000\nno_frames_ms = 3000\n");
  ASSERT_TRUE(trials.wait_running());
  ::kill(trials.watchdog(), SIGSTOP);
  EXPECT_TRUE(
      trials.receiver().wait_for([](const SafeDatagram& datagram) { return datagram.kind == Kind::kWorkerSafe; }));
}

TEST(Watchdog, is_not_stopped_by_the_terminals_stop_and_not_held_up_by_a_reader_of_its_lines) {
  // Nobody reads its standard error, and the pipe is full.
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
  const base::Descriptor read_end(ends[0]), write_end(ends[1]);
  const std::vector<char> filler(4096, '.');
  while (::write(write_end.get(), filler.data(), filler.size()) > 0) {
  }
  ::fcntl(write_end.get(), F_SETFL, 0);
  const base::Descriptor kept(::dup(STDERR_FILENO));
  ::dup2(write_end.get(), STDERR_FILENO);
  const TrialBed trials = bed();
  ::dup2(kept.get(), STDERR_FILENO);
  ASSERT_TRUE(trials.wait_running());
  ::kill(trials.watchdog(), SIGTSTP);
  const Trial trial = trials.run(kFaultKinds[0]);
  EXPECT_TRUE(trial.arrived);
  EXPECT_EQ(trial.reason, Fault::kKilled);
}

}  // namespace
}  // namespace hedge::guard::test
