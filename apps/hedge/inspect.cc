// hedge inspect: what is in a model or an engine file, what each pass did, who runs each step.
#include <nlohmann/json.hpp>

#include "format/engine_file.h"
#include "graph/print.h"
#include "hedge/model_options.h"
#include "program/repack.h"
#include "program/verify.h"

namespace hedge::app {
namespace {

struct Options {
  ModelOptions model;
  bool passes = false, dump = false, explain = false, optimized = false, json = false;
};

/// What this machine's loader makes of it; empty where it runs as it is. A program that cannot be run says why.
base::Result<std::optional<program::Repacked>> repacked_here(const program::Program& program) {
  const kernel::IsaSet here = TRY(kernel::usable_isa());
  if (here.contains(program.required_isa)) return std::nullopt;
  TRY(program::verify(program));
  program::Program copy = program;
  return TRY(program::repack(copy, here));
}

nlohmann::ordered_json to_json(const base::Result<std::optional<program::Repacked>>& here) {
  if (!here) return here.error().message;
  if (!*here) return "as it is";
  const program::Repacked& repacked = **here;
  return {{"isa", kernel::to_string(repacked.to)},
          {"steps", repacked.steps},
          {"rebound", repacked.rebound},
          {"on_reference", repacked.on_reference},
          {"weights_bytes", repacked.weights_bytes},
          {"us", repacked.microseconds}};
}

base::Result<int> inspect_engine(const Options& options) {
  const format::EngineFile file = TRY(format::open_engine_file(options.model.model));
  const program::Program& program = file.program;
  const auto here = repacked_here(program);
  if (options.json) {
    nlohmann::ordered_json steps = nlohmann::ordered_json::array();
    for (const program::Step& step : program.steps)
      steps.push_back({{"label", step.label}, {"op", step.op}, {"kernel", step.kernel}});
    nlohmann::ordered_json bands = nlohmann::ordered_json::array();
    for (const program::RowBands& chain : program.bands)
      bands.push_back({{"first_step", chain.first_step}, {"steps", chain.steps}, {"rows", chain.rows}});
    const nlohmann::ordered_json report = {{"model", program.provenance.model_name},
                                           {"compiler", program.provenance.compiler_version},
                                           {"arena_bytes", program.arena_bytes},
                                           {"weights_bytes", program.weights_bytes},
                                           {"required_isa", kernel::to_string(program.required_isa)},
                                           {"portable", program.portable.has_value()},
                                           {"portable_bytes", format::portable_bytes(program)},
                                           {"here", to_json(here)},
                                           {"card", !file.card.empty()},
                                           {"golden", file.golden.size()},
                                           {"bands", bands},
                                           {"steps", steps}};
    fmt::print("{}\n", report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return kOk;
  }
  fmt::print("engine of {} by hedge {} {}\n", program.provenance.model_name, program.provenance.compiler_version,
             program.provenance.command);
  fmt::print("needs {}; arena {} bytes, weights {} bytes; card {}; {} golden vectors\n",
             kernel::to_string(program.required_isa), program.arena_bytes, program.weights_bytes,
             file.card.empty() ? "absent" : "inside", file.golden.size());
  fmt::print("{}\n", portability(program));
  if (!here)
    fmt::print("here: {}\n", here.error().message);
  else if (*here)
    fmt::print("here: {}\n", program::to_string(**here));
  const auto port = [&](std::int32_t index) {
    return index >= 0 && static_cast<std::size_t>(index) < program.tensors.size()
               ? program.tensors[static_cast<std::size_t>(index)].name + ": " +
                     program.tensors[static_cast<std::size_t>(index)].type.to_string()
               : "?";
  };
  for (const program::RowBands& chain : program.bands)
    fmt::print("steps {} to {} run together, {} rows at a time\n", chain.first_step,
               std::int64_t{chain.first_step} + chain.steps - 1, chain.rows);
  for (const std::int32_t index : program.inputs) fmt::print("input  {}\n", port(index));
  for (const std::int32_t index : program.outputs) fmt::print("output {}\n", port(index));
  for (std::size_t k = 0; k < program.steps.size(); ++k)
    fmt::print("{:>4} {:<20} {:<38} {}\n", k, program.steps[k].op, program.steps[k].kernel, program.steps[k].label);
  return kOk;
}

base::Result<int> run(const Options& options) {
  if (!is_onnx(options.model.model)) return inspect_engine(options);
  graph::Graph graph = TRY(import_model(options.model));
  if (!options.passes && !options.explain && !options.optimized) {
    fmt::print("{}", graph::print(graph));
    return kOk;
  }
  compile::CompileOptions compile_with = TRY(compile_options(options.model));
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  compile_with.after_pass = [&](const compile::PassReport& report, const graph::Graph& after) {
    if (options.json)
      rows.push_back({{"pass", report.name},
                      {"enabled", report.enabled},
                      {"changes", report.changes},
                      {"nodes", report.nodes_after},
                      {"us", report.microseconds}});
    else if (options.passes)
      fmt::print("{:<18} {:>4} changes, {:>4} -> {:>4} nodes, {:>7} us  {}{}\n", report.name, report.changes,
                 report.nodes_before, report.nodes_after, report.microseconds, report.purpose,
                 report.enabled ? "" : " (off)");
    if (options.passes && options.dump) fmt::print("{}\n", graph::print(after));
  };
  const graph::Graph optimized = TRY(compile::optimize(std::move(graph), compile_with));
  if (options.json) fmt::print("{}\n", rows.dump(2));
  if (options.optimized) fmt::print("{}", graph::print(optimized));
  if (options.explain)
    for (const compile::StepExplanation& step : compile::explain(optimized, compile_with)) {
      fmt::print("{} ({}): {}\n", step.label, step.op, step.chosen);
      for (const compile::Considered& candidate : step.considered)
        if (!candidate.reason.empty()) fmt::print("    {} declines: {}\n", candidate.kernel, candidate.reason);
    }
  return kOk;
}

}  // namespace

void add_inspect(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_subcommand(root, "inspect", "show a graph, what the passes do to it, or an engine file",
                                     "hedge inspect models/person_vtest.onnx --passes --explain");
  add_model_options(*command, options->model, false);
  command->add_flag("--passes", options->passes, "what each compiler pass changed");
  command->add_flag("--dump", options->dump, "with --passes: the whole graph after each pass");
  command->add_flag("--optimized", options->optimized, "the graph after all passes");
  command->add_flag("--explain", options->explain, "the kernel of each step, and why the others declined");
  command->add_flag("--json", options->json, "machine-readable");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace hedge::app
