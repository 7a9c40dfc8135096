// Programs that were tampered with, thousands of them, seeded: each is refused or runs inside its own memory (the
// sanitizer build proves the second). Unlike the fuzzer of the file these changes are made to the program's fields, so
// that every one of them gets past the decoder.
#include <gtest/gtest.h>

#include <random>

#include "engine/banded_sample_program.h"
#include "engine/engine.h"
#include "engine/viewed_sample_program.h"
#include "program/footprint.h"
#include "program/verify.h"

namespace hedge::engine {
namespace {

using program::Program;
using program::ProgramTensor;
using program::Step;

class Tamperer {
 public:
  explicit Tamperer(unsigned seed) : random_(seed) {}

  void change(Program& program) {
    switch (below(14)) {
      case 0: return change_origin(program);
      case 13: return change_bands(program);
      case 1:
      case 2:
      case 3:
      case 4: return change_tensor(program, program.tensors[below(program.tensors.size())]);
      case 5:
      case 6:
      case 7:
      case 8: return change_step(program, program.steps[below(program.steps.size())]);
      default: return change_attribute(program.steps[below(program.steps.size())]);
    }
  }
  std::size_t below(std::size_t count) { return random_() % count; }

 private:
  std::int64_t number() {
    constexpr std::int64_t kNumbers[] = {
        0, 1, 2, 3, 5, 16, 17, 64, -1, -64, 1 << 20, std::int64_t{1} << 40, INT64_MIN, INT64_MAX};
    return kNumbers[below(std::size(kNumbers))];
  }

  void change_tensor(Program& program, ProgramTensor& tensor) {
    switch (below(8)) {
      case 7:
        tensor.pitch =
            below(2) == 0 ? static_cast<std::uint64_t>(number()) : program.tensors[below(program.tensors.size())].pitch;
        if (below(2) == 0 && tensor.type.shape.rank() > 0)
          tensor.size_bytes = program::footprint(tensor).end() - tensor.offset;
        break;
      case 0: tensor.offset += static_cast<std::uint64_t>(number()) * 64; break;
      case 1: tensor.offset = program.tensors[below(program.tensors.size())].offset; break;
      case 2: tensor.size_bytes += static_cast<std::uint64_t>(number()); break;
      case 3: tensor.type = program.tensors[below(program.tensors.size())].type; break;
      case 4: tensor.place = static_cast<program::Place>(below(3)); break;
      case 5: tensor.packing = tensor.packing.empty() ? (below(2) == 0 ? "panel16" : "quads16") : ""; break;
      default:
        if (tensor.type.shape.rank() == 0) break;
        tensor.type.shape[static_cast<int>(below(static_cast<std::size_t>(tensor.type.shape.rank())))] =
            std::abs(number() % 100);
        tensor.size_bytes = tensor.type.size_bytes();
    }
  }

  void change_origin(Program& program) {
    if (!program.portable || program.portable->empty()) return;
    program::DenseOrigin& origin = (*program.portable)[below(program.portable->size())];
    switch (below(3)) {
      case 0: origin.tensor = static_cast<std::int32_t>(number()); break;
      case 1: origin.crc ^= 1; break;
      default: program.portable->pop_back();
    }
  }

  void change_bands(Program& program) {
    if (program.bands.empty()) program.bands.push_back({.first_step = 0, .steps = 2, .rows = 1});
    program::RowBands& chain = program.bands[below(program.bands.size())];
    switch (below(4)) {
      case 0: chain.first_step += static_cast<std::int32_t>(number()); break;
      case 1: chain.steps += static_cast<std::int32_t>(number()); break;
      case 2: chain.rows = static_cast<std::int32_t>(number()); break;
      default: program.bands.pop_back();
    }
  }

  void change_step(Program& program, Step& step) {
    auto& operands = below(3) == 0 ? step.outputs : step.inputs;
    switch (below(7)) {
      case 0: operands.push_back(static_cast<std::int32_t>(below(program.tensors.size()))); break;
      case 1:
        if (!operands.empty()) operands.pop_back();
        break;
      case 2: step.opset = static_cast<int>(number() % 30); break;
      case 3: {
        const auto candidates = program::candidates(step.domain, step.op);
        if (!candidates.empty()) step.kernel = candidates[below(candidates.size())]->name();
        break;
      }
      case 4: {
        const auto operators = op::all();
        const op::Operator& other = *operators[below(operators.size())];
        step.domain = other.domain;
        step.op = other.name;
        step.kernel = program::candidates(other.domain, other.name)[0]->name();
        break;
      }
      default:
        if (!operands.empty())
          operands[below(operands.size())] = static_cast<std::int32_t>(below(program.tensors.size() + 2)) - 1;
    }
  }

  void change_attribute(Step& step) {
    constexpr std::string_view kNames[] = {"pads",
                                           "strides",
                                           "dilations",
                                           "kernel_shape",
                                           "group",
                                           "axis",
                                           "perm",
                                           "output_shape",
                                           "scales",
                                           "alpha",
                                           "count_include_pad",
                                           "mode",
                                           "activation",
                                           "x_zero",
                                           "y_low",
                                           "y_high",
                                           "residual_zero",
                                           "real",
                                           "a_zero"};
    const std::string_view name = kNames[below(std::size(kNames))];
    const auto old = step.attributes.integers(name);
    switch (below(5)) {
      case 0: step.attributes.erase(name); break;
      case 1: step.attributes.set(name, number()); break;
      case 2: step.attributes.set(name, std::vector<float>{static_cast<float>(number()), 0.01f}); break;
      case 3: step.attributes.set(name, "nearest"); break;
      default: {
        std::vector<std::int64_t> values(old.begin(), old.end());
        if (values.empty()) values = {1, 1};
        values[below(values.size())] = number();
        step.attributes.set(name, values);
      }
    }
  }

  std::mt19937 random_;
};

void run(Engine& engine) {
  for (int k = 0; k < static_cast<int>(engine.inputs().size()); ++k) {
    const tensor::TensorView view = engine.input(k);
    for (std::size_t at = 0; at < view.type.size_bytes(); ++at) view.data[at] = static_cast<std::byte>(at % 2);
  }
  (void)engine.run();
}

/// Another machine's loader, on the same program.
bool runs_repacked(Program program, unsigned seed) {
  kernel::IsaSet here;
  if (seed % 3 > 0) here.add(kernel::Isa::kAvx2);
  if (seed % 3 > 1) here.add(kernel::Isa::kAvxVnni);
  if (!kernel::detect_isa().contains(here) || !program::verify(program) || !program::repack(program, here))
    return false;
  auto engine = Engine::create(std::move(program));
  if (!engine) return false;
  run(*engine);
  return true;
}

TEST(HostileProgram, IsRefusedOrRunsInItsOwnMemory) {
  const Program originals[] = {sample_program({.size = 6, .channels = 17}),
                               sample_program({.size = 6, .channels = 3, .kernel = "ref"}),
                               integer_sample_program({.size = 6, .channels = 17}),
                               integer_sample_program({.size = 6, .channels = 3, .kernel = "ref"}),
                               by_bands(chain_program(2, 3, 12), 2),
                               by_bands(chain_program(7, 4, 20), 3),
                               by_views(joined_program(65, 4))};
  int accepted = 0, repacked = 0;
  for (unsigned seed = 0; seed < 10000; ++seed) {
    Tamperer tamperer(seed);
    Program program = originals[seed % std::size(originals)];
    for (std::size_t changes = 1 + tamperer.below(2); changes > 0; --changes) tamperer.change(program);
    repacked += runs_repacked(program, seed) ? 1 : 0;
    auto engine = Engine::create(std::move(program));
    if (!engine) continue;
    ++accepted;
    run(*engine);
  }
  if (kernel::detect_isa().has(kernel::Isa::kAvx2)) EXPECT_GT(repacked, 100);
  EXPECT_GT(accepted, 100) << "changes that mean nothing, or something else that is possible";
}

}  // namespace
}  // namespace hedge::engine
