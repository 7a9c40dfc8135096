// hedge peaks: what one core of this machine can do at most; the yardstick of `hedge profile` and bench/peers.
#include <nlohmann/json.hpp>

#include "hedge/command.h"
#include "measure/peaks.h"

namespace hedge::app {
namespace {

base::Result<int> run(bool json) {
  const kernel::IsaSet isa = TRY(kernel::usable_isa());
  const measure::Peaks peaks = measure::measure_peaks(isa);
  if (json)
    fmt::print("{}\n", nlohmann::ordered_json{{"isa", kernel::to_string(isa)},
                                              {"int8_gmacs", peaks.int8_macs / 1e9},
                                              {"fp32_gmacs", peaks.fp32_macs / 1e9},
                                              {"read_gbytes", peaks.read_bytes / 1e9}}
                           .dump());
  else
    fmt::print("{}\nINT8 {:.1f} GMAC/s, FP32 {:.1f} GMAC/s, memory read {:.1f} GB/s (one core)\n",
               kernel::to_string(isa), peaks.int8_macs / 1e9, peaks.fp32_macs / 1e9, peaks.read_bytes / 1e9);
  return kOk;
}

}  // namespace

void add_peaks(CLI::App& root, Action& chosen) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = add_subcommand(root, "peaks", "measure what one core of this machine can do at most",
                                     "HEDGE_ISA=avx2 hedge peaks");
  command->add_flag("--json", *json, "machine-readable");
  command->callback([json, &chosen] { chosen = [json] { return run(*json); }; });
}

}  // namespace hedge::app
