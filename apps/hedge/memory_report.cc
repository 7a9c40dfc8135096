#include "hedge/memory_report.h"

#include <fmt/format.h>

namespace hedge::app {
namespace {

double mib(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

std::string describe(const engine::MemoryReport& report) {
  std::string text = fmt::format("{:.2f} MiB weights ({}), {:.2f} MiB arena, {:.2f} MiB scratch",
                                 mib(report.weights_bytes), report.weights_copied ? "copied" : "as they came",
                                 mib(report.arena_bytes), mib(report.scratch_bytes));
  text += fmt::format("; {:.2f} MiB of its own resident, {:.2f} of it in huge pages", mib(report.resident_bytes),
                      mib(report.huge_bytes));
  if (report.locked) text += "; locked";
  if (!report.lock_refusal.empty()) text += "; not locked: " + report.lock_refusal;
  return text;
}

nlohmann::ordered_json memory_json(const engine::MemoryReport& report) {
  return {{"weights_bytes", report.weights_bytes},
          {"weights_copied", report.weights_copied},
          {"arena_bytes", report.arena_bytes},
          {"scratch_bytes", report.scratch_bytes},
          {"resident_bytes", report.resident_bytes},
          {"huge_bytes", report.huge_bytes},
          {"locked", report.locked},
          {"lock_refusal", report.lock_refusal}};
}

void warn_of_refusals(const engine::MemoryReport& report, const engine::MemoryOptions& wishes) {
  if (!report.lock_refusal.empty()) fmt::print(stderr, "hedge: memory is not locked: {}\n", report.lock_refusal);
  if (wishes.huge_pages && report.huge_bytes == 0)
    fmt::print(stderr,
               "hedge: no huge pages: {} bytes fill none, or /sys/kernel/mm/transparent_hugepage forbids them\n",
               report.weights_bytes + report.arena_bytes + report.scratch_bytes);
}

}  // namespace hedge::app
