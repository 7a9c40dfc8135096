// hedge burn: one process of `hedge latency-report --load burn:N`.
#include <atomic>
#include <csignal>

#include "hedge/command.h"
#include "measure/burn.h"

namespace hedge::app {
namespace {

std::atomic<bool> stop_requested{false};
void request_stop(int) { stop_requested.store(true); }

base::Result<int> run() {
  std::signal(SIGTERM, request_stop);
  std::signal(SIGINT, request_stop);
  measure::burn(stop_requested);
  return kOk;
}

}  // namespace

void add_burn(CLI::App& root, Action& chosen) {
  CLI::App* command = add_subcommand(root, "burn", "keep a core and the memory busy until stopped", "hedge burn");
  command->group("");  // not in --help: it is for latency-report
  command->callback([&chosen] { chosen = run; });
}

}  // namespace hedge::app
