// hedge burn: one process of `hedge latency-report --load burn:N`.
#include "measure/burn.h"
#include "hedge/command.h"
#include "hedge/stop_on_signals.h"

namespace hedge::app {
namespace {

base::Result<int> run() {
  measure::burn(stop_on_signals());
  return kOk;
}

}  // namespace

void add_burn(CLI::App& root, Action& chosen) {
  CLI::App* command = add_subcommand(root, "burn", "keep a core and the memory busy until stopped", "hedge burn");
  command->group("");  // not in --help: it is for latency-report
  command->callback([&chosen] { chosen = run; });
}

}  // namespace hedge::app
