// hedge-engine start: how long a device waits for its first answer. Each time a new process of this very program loads
// the engine and runs it once; the clock runs from before that process is asked for until its answer is here.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fmt/format.h>

#include "base/descriptor.h"
#include "hedge-engine/command.h"
#include "measure/latency.h"

extern char** environ;

namespace hedge::app {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using measure::milliseconds_since;
using Clock = std::chrono::steady_clock;

/// What the process says about itself, sent as it is: both are the same program.
struct Took {
  double load_ms = 0, run_ms = 0;
};

/// The file's pages leave the page cache, so that the next one to read it waits for the disk.
base::Status evict(const std::string& path) {
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail(ErrorKind::kNotFound, "{}: {}", path, std::strerror(errno));
  (void)::fsync(file.get());  // only clean pages can go
  if (const int error = ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED); error != 0)
    return fail(ErrorKind::kIo, "{}: {}", path, std::strerror(error));
  return {};
}

struct Start {
  double total_ms = 0;
  Took took;
};

Result<Start> time_one(const Arguments& arguments) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorKind::kIo, "pipe: {}", std::strerror(errno));
  const base::Descriptor reader(ends[0]);
  base::Descriptor writer(ends[1]);
  std::array<std::string, 5> words{"hedge-engine", "first", arguments.engine(), "--threads",
                                   arguments.text("--threads", "1")};
  std::array<char*, 6> argv{};
  for (std::size_t k = 0; k < words.size(); ++k) argv[k] = words[k].data();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
  Start start;
  pid_t child = 0;
  const auto begin = Clock::now();
  const int error = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail(ErrorKind::kIo, "cannot start a process: {}", std::strerror(error));
  writer = base::Descriptor();  // closed here, so that the pipe ends with the child
  const ssize_t size = ::read(reader.get(), &start.took, sizeof(start.took));
  start.total_ms = milliseconds_since(begin);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (size != sizeof(start.took) || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(ErrorKind::kInvalid, "a process did not answer (its own words are above)");
  return start;
}

}  // namespace

Result<int> run_first(const Arguments& arguments) {
  const auto begin = Clock::now();
  engine::Engine engine = TRY(open_engine(arguments));
  Took took{.load_ms = milliseconds_since(begin)};
  fill_inputs(engine);
  const auto start = Clock::now();
  TRY(engine.run());
  took.run_ms = milliseconds_since(start);
  if (::write(STDOUT_FILENO, &took, sizeof(took)) != sizeof(took))
    return fail(ErrorKind::kIo, "cannot answer: {}", std::strerror(errno));
  return kOk;
}

Result<int> run_start(const Arguments& arguments) {
  constexpr int kTimesMax = 10000;
  const int times = TRY(arguments.integer("--times", 20, 1, kTimesMax));
  const std::string cache = arguments.text("--cache", "warm");
  if (cache != "warm" && cache != "cold") return fail(ErrorKind::kUsage, "--cache {}: warm or cold", cache);
  std::vector<double> total, load, run;
  for (int k = 0; k < times; ++k) {
    if (cache == "cold") TRY(evict(arguments.engine()));
    const Start start = TRY(time_one(arguments));
    total.push_back(start.total_ms);
    load.push_back(start.took.load_ms);
    run.push_back(start.took.run_ms);
  }
  const measure::Latency latency = measure::latency_of(total);
  fmt::print(
      "{}: process start to first answer, {} times, {} page cache: p50 {:.2f} ms, p90 {:.2f}, max {:.2f}, min "
      "{:.2f}\n",
      arguments.engine(), times, cache, latency.p50, latency.p90, latency.max, latency.min);
  fmt::print("of these: load p50 {:.2f} ms, first inference p50 {:.2f} ms\n", measure::latency_of(load).p50,
             measure::latency_of(run).p50);
  return kOk;
}

}  // namespace hedge::app
