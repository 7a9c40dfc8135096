// hedge-engine info, verify: what is in the file, and whether it works here.
#include <fmt/format.h>

#include "engine/verify.h"
#include "format/engine_file.h"
#include "hedge-engine/command.h"

namespace hedge::app {

base::Result<int> run_info(const Arguments& arguments) {
  const engine::Engine engine = TRY(open_engine(arguments));
  const program::Program& program = engine.program();
  fmt::print("{} by hedge {}; {} steps, weights {} bytes, arena {} bytes\n", program.provenance.model_name,
             program.provenance.compiler_version, program.steps.size(), program.weights_bytes, program.arena_bytes);
  fmt::print("uses {}\n", kernel::to_string(program.required_isa));
  for (const engine::Port& port : engine.inputs()) fmt::print("input  {}: {}\n", port.name, port.type.to_string());
  for (const engine::Port& port : engine.outputs()) fmt::print("output {}: {}\n", port.name, port.type.to_string());
  return kOk;
}

base::Result<int> run_verify(const Arguments& arguments) {
  const int threads = TRY(arguments.integer("--threads", 1, 1, 64));
  const engine::VerifyReport report = TRY(engine::verify_file(arguments.engine(), {.threads = threads}));
  int equal = 0, within = 0, wrong = 0;
  for (const engine::CaseVerdict& verdict : report.cases)
    for (const engine::OutputVerdict& output : verdict.outputs) {
      ++(output.bit_equal ? equal : output.holds ? within : wrong);
      if (!output.holds) fmt::print("NO {} {}: error {:.2e}\n", verdict.label, output.name, output.error());
    }
  fmt::print("{}: {} outputs equal to the bit, {} within their tolerance, {} wrong\n", arguments.engine(), equal,
             within, wrong);
  return report.holds() ? kOk : kFailed;
}

}  // namespace hedge::app
