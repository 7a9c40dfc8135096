#include "hedge/bench_worker.h"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "format/npy.h"
#include "program/step_cost.h"

namespace hedge::app {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

std::int64_t nanoseconds_since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count();
}

void say(const Json& line) {
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

/// The engine and the inputs it is given: a run may overwrite them, so they are written again before each burst.
struct Session {
  engine::Engine engine;
  std::vector<tensor::Tensor> inputs;

  void write_inputs() {
    for (std::size_t k = 0; k < inputs.size(); ++k)
      std::ranges::copy(inputs[k].bytes(), engine.input(static_cast<int>(k)).data);
  }
};

/// One file for each input of the engine; what is constant here is left out.
base::Result<Json> read_inputs(Session& session, const Json& files) {
  session.inputs.clear();
  for (const engine::Port& port : session.engine.inputs()) {
    if (!files.contains(port.name)) return base::fail(base::ErrorKind::kUsage, "no file for input '{}'", port.name);
    session.inputs.push_back(TRY(format::read_npy(files[port.name].get<std::string>())));
    if (const tensor::TensorType type = session.inputs.back().type(); !(type == port.type))
      return base::fail(base::ErrorKind::kUsage, "input '{}' is {}, not {}", port.name, port.type.to_string(),
                        type.to_string());
  }
  session.write_inputs();
  return Json::object();
}

/// Times that this process had to leave a core to another: a run in which that happened measures the other.
long switches() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

/// Of all threads of this process.
std::int64_t processor_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

base::Result<Json> burst(Session& session, const Json& request) {
  session.write_inputs();
  for (int k = 0; k < request.value("warmup", 1); ++k) TRY(session.engine.run());
  const double seconds = request.value("seconds", 0.1);
  const std::size_t runs_min = request.value("runs_min", std::size_t{3});
  std::vector<std::int64_t> times, used;
  std::vector<std::size_t> preempted;
  const auto begin = Clock::now();
  while (times.size() < runs_min || std::chrono::duration<double>(Clock::now() - begin).count() < seconds) {
    const long before = switches();
    const std::int64_t spent = processor_nanoseconds();
    const auto start = Clock::now();
    TRY(session.engine.run());
    times.push_back(nanoseconds_since(start));
    used.push_back(processor_nanoseconds() - spent);
    if (switches() != before) preempted.push_back(times.size() - 1);
  }
  return Json{{"ns", times}, {"cpu_ns", used}, {"preempted", preempted}};
}

base::Result<Json> write_outputs(Session& session, const std::string& folder) {
  session.write_inputs();
  TRY(session.engine.run());
  Json files = Json::array();
  for (std::size_t k = 0; k < session.engine.outputs().size(); ++k) {
    const std::string path = fmt::format("{}/hedge_{}.npy", folder, k);
    const auto bytes = format::encode_npy(tensor::Tensor::copy_of(session.engine.output(static_cast<int>(k))));
    TRY(base::write_file(path, std::span<const std::byte>(bytes)));
    files.push_back(path);
  }
  return Json{{"files", files}};
}

/// Resident memory of this process, in KiB: the most so far, and now.
Json memory() {
  Json result = Json::object();
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long long value = 0;
    if (word == "VmHWM:" && status >> value) result["peak_kib"] = value;
    if (word == "VmRSS:" && status >> value) result["rss_kib"] = value;
  }
  return result;
}

base::Result<Json> obey(Session& session, const Json& request) {
  const std::string command = request.value("command", "");
  if (command == "input") return read_inputs(session, request.at("files"));
  if (command == "burst") return burst(session, request);
  if (command == "outputs") return write_outputs(session, request.at("folder").get<std::string>());
  if (command == "memory") return memory();
  return base::fail(base::ErrorKind::kUsage, "no command '{}'", command);
}

/// What came is not trusted to have the fields it should, or of the right types: nlohmann throws then.
Json answer(Session& session, const Json& request) {
  try {
    const auto reply = obey(session, request);
    return reply ? *reply : Json{{"error", reply.error().message}};
  } catch (const Json::exception& error) {
    return {{"error", error.what()}};
  }
}

}  // namespace

base::Result<int> run_bench_worker(const ModelOptions& options) {
  const Json before = memory();
  const auto begin = Clock::now();
  auto engine = open_engine(options);
  if (!engine) {
    say({{"error", engine.error().message}});
    return std::unexpected(engine.error());
  }
  TRY(pin_caller(options));
  say({{"build_ns", nanoseconds_since(begin)},
       {"base_kib", before.value("rss_kib", 0)},
       {"version", HEDGE_VERSION},
       {"macs", program::total_macs(engine->program())}});
  Session session{std::move(*engine), {}};
  std::string line;
  while (std::getline(std::cin, line)) {
    const Json request = Json::parse(line, nullptr, false);
    if (request.is_object() && request.contains("command") && request["command"] == "quit") break;
    say(answer(session, request));
  }
  return kOk;
}

}  // namespace hedge::app
