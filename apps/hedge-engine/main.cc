// hedge-engine: what a device needs to run .hedge files and nothing else. No ONNX, no video; `hedge` has those.
#include <cstdio>
#include <string_view>

#include <fmt/format.h>

#include "hedge-engine/command.h"

namespace hedge::app {
namespace {

constexpr const char* kHelp =
    R"(hedge-engine runs engine files (.hedge) that `hedge compile` made.

  hedge-engine info ENGINE       inputs, outputs, what it needs and what runs here
  hedge-engine infer ENGINE      one inference  --input NAME=FILE  for each input (a single one: --input FILE)
                                                --output DIRECTORY
                                 FILE is a .npy, or the raw little-endian elements; outputs are .npy
  hedge-engine verify ENGINE     does it answer here as where it was compiled?
  hedge-engine bench ENGINE      latency of an inference  --seconds 3
  hedge-engine start ENGINE      from the start of a process to its first answer, each time in a new one  --times 20
                                                --cache warm|cold   the file in the page cache, or put out of it before

All take --threads N (1). Exit codes are those of `hedge --help`.
)";

struct Command {
  std::string_view name;
  base::Result<int> (*run)(const Arguments&);
  std::vector<std::string> options;
};

base::Result<int> run(int count, char** words) {
  const Command commands[] = {{"info", run_info, {}},
                              {"infer", run_infer, {"--input", "--output"}},
                              {"verify", run_verify, {}},
                              {"bench", run_bench, {"--seconds"}},
                              {"start", run_start, {"--times", "--cache"}},
                              {"first", run_first, {}}};
  const std::string_view name = count > 1 ? words[1] : "";
  for (const Command& command : commands) {
    if (command.name != name) continue;
    std::vector<std::string> options = command.options;
    options.push_back("--threads");
    return command.run(TRY(Arguments::parse(count, words, options)));
  }
  return base::fail(base::ErrorKind::kUsage, "'{}': the commands are info, infer, verify, bench, start (see --help)",
                    name);
}

}  // namespace
}  // namespace hedge::app

int main(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "--help";
  if (first == "--help" || first == "-h" || first == "--version") {
    std::fputs(first == "--version" ? HEDGE_VERSION "\n" : hedge::app::kHelp, stdout);
    return hedge::app::kOk;
  }
  const hedge::base::Result<int> result = hedge::app::run(argc, argv);
  if (result) return *result;
  fmt::print(stderr, "hedge-engine: {}\n", result.error().message);
  return hedge::app::exit_code(result.error().kind);
}
