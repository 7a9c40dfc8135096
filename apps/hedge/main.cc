// The hedge program: parses the command line, runs one subcommand, turns its error into one line and an exit code.
#include <cstdio>

#include <fmt/format.h>

#include "hedge/command.h"

namespace hedge::app {

CLI::App* add_subcommand(CLI::App& root, const std::string& name, const std::string& purpose,
                         const std::string& example) {
  CLI::App* command = root.add_subcommand(name, purpose);
  command->footer("Example:\n  " + example);
  return command;
}

}  // namespace hedge::app

int main(int argc, char** argv) {
  namespace app = hedge::app;
  CLI::App root("Hedge takes a trained ONNX model to the edge: compile it for this machine, run it on live video.",
                "hedge");
  root.set_version_flag("--version", HEDGE_VERSION);
  root.require_subcommand(1);
  root.footer(
      "Exit codes: 0 ok, 1 the answer is no, 2 usage, 3 not found, 4 invalid input, 5 unsupported, 6 limit, 7 "
      "unavailable, 8 I/O.\n"
      "`hedge COMMAND --help` shows an example of each.");
  app::Action chosen;
  app::add_inspect(root, chosen);
  app::add_quantize(root, chosen);
  app::add_compile(root, chosen);
  app::add_infer(root, chosen);
  app::add_run(root, chosen);
  app::add_bench(root, chosen);
  app::add_profile(root, chosen);
  app::add_peaks(root, chosen);
  app::add_compare(root, chosen);
  app::add_evaluate(root, chosen);
  app::add_verify(root, chosen);
  app::add_actuator(root, chosen);
  app::add_rules(root, chosen);
  app::add_events(root, chosen);
  app::add_replay(root, chosen);
  app::add_explain(root, chosen);
  app::add_latency_report(root, chosen);
  app::add_burn(root, chosen);
  app::add_conformance(root, chosen);
  app::add_completion(root, chosen);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return root.exit(error);  // --help, --version
    fmt::print(stderr, "hedge: {} (see --help)\n", error.what());
    return app::kUsageError;
  }
  const hedge::base::Result<int> result = chosen();
  if (result) return *result;
  fmt::print(stderr, "hedge: {}\n", result.error().message);
  return app::exit_code(result.error().kind);
}
