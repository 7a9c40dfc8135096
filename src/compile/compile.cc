#include "compile/compile.h"

#include <algorithm>
#include <chrono>

#include <fmt/ranges.h>

#include "compile/find_bands.h"
#include "compile/find_views.h"
#include "compile/lower.h"
#include "graph/infer_types.h"
#include "graph/verify.h"

namespace hedge::compile {
namespace {

Status check_pass_names(const std::set<std::string>& names) {
  std::vector<std::string_view> known;
  for (const Pass& pass : passes()) known.push_back(pass.name);
  known.push_back(kRowBandsPass);
  known.push_back(kViewsPass);
  for (const std::string& name : names)
    if (std::ranges::find(known, name) == known.end())
      return fail(ErrorKind::kUsage, "no pass is called '{}'; they are: {}", name, fmt::join(known, ", "));
  return {};
}

/// What a pass must leave behind. A violation is our bug, not the model's.
Status restore_invariants(Graph& graph) {
  graph.erase_dead_nodes();
  graph.release_unread_constants();
  TRY(graph.sort());
  TRY(graph::infer_types(graph, {.fold = false}));
  return graph::verify(graph);
}

}  // namespace

Result<Graph> optimize(Graph graph, const CompileOptions& options) {
  using Clock = std::chrono::steady_clock;
  TRY(check_pass_names(options.disabled_passes));
  for (const Pass& pass : passes()) {
    PassReport report{.name = pass.name, .purpose = pass.purpose, .nodes_before = graph.nodes().size()};
    report.enabled = !options.disabled_passes.contains(std::string(pass.name));
    const auto begin = Clock::now();
    if (report.enabled) {
      report.changes = pass.run(graph);
      if (Status status = restore_invariants(graph); !status)
        return base::in_context(status.error(),
                                fmt::format("after pass {} (please report this bug; --disable-pass {} goes around it)",
                                            pass.name, pass.name));
    }
    report.microseconds = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
    report.nodes_after = graph.nodes().size();
    if (options.after_pass) options.after_pass(report, graph);
  }
  return graph;
}

Result<program::Program> compile(Graph graph, const CompileOptions& options) {
  return lower(TRY(optimize(std::move(graph), options)), options);
}

}  // namespace hedge::compile
