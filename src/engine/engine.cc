#include "engine/engine.h"

#include <algorithm>
#include <chrono>

#include "base/aligned_buffer.h"
#include "engine/band_chain.h"
#include "engine/flush_denormals.h"
#include "engine/team.h"
#include "format/engine_file.h"
#include "program/quantized_input.h"
#include "program/verify.h"

namespace hedge::engine {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using program::ProgramTensor;
using tensor::ConstTensorView;
using tensor::TensorView;

namespace {

/// A step that touches fewer bytes is not worth waking a second core for: the hand-over costs about as much.
constexpr std::size_t kSharedBytesMin = 16 * 1024;
/// Of one step and thread.
constexpr std::size_t kScratchBytesMax = std::size_t{1} << 30;

struct PlacedStep {
  std::unique_ptr<program::BoundStep> bound;  ///< null: a chain runs it
  BandChain* chain = nullptr;                 ///< that begins here
  std::size_t scratch_bytes = 0;
  bool shared = false;    ///< all threads work on it, else the caller alone
  bool left_out = false;  ///< the caller writes what it would
};

}  // namespace

struct Engine::Impl {
  program::Program program;
  std::optional<program::Repacked> repacked;
  std::vector<Port> inputs, outputs;
  std::size_t scratch_bytes = 0;  ///< of a thread's part
  Memory memory;
  std::vector<PlacedStep> steps;
  std::vector<BandChain> chains;  ///< by rising step
  std::vector<Status> failures;   ///< one a thread, of the current step
  std::shared_ptr<Team> team;

  std::byte* address(std::int32_t index) {
    if (index == program::kAbsent) return nullptr;
    const ProgramTensor& tensor = program.tensors[static_cast<std::size_t>(index)];
    if (tensor.place == program::Place::kArena) return memory.arena() + tensor.offset;
    if (tensor.place == program::Place::kBand) return nullptr;
    return const_cast<std::byte*>(program.weights.get()) +
           tensor.offset;  // read only: verify() lets no step write there
  }

  /// work(slice) for all slices, on all members of the team; the first failure.
  template <class Work>
  Status share(Team::Session& session, const Work& work);
  Status prepare(const EngineOptions& options);
  Status place();
  Status bind();
  Status run_step(PlacedStep& step, Team::Session& session);
  /// `times`: of the chain's steps, or null.
  Status run_chain(const BandChain& chain, Team::Session& session, std::int64_t* times);
};

/// What each step needs, before there is memory for it.
Status Engine::Impl::place() {
  const program::ConstantValues constants(program);
  for (const program::Step& step : program.steps) {
    const program::StepOperands operands(program, step, constants);
    const program::Candidate* candidate = program::find_candidate(step.domain, step.op, step.kernel);
    std::size_t bytes = 0;
    for (const auto* list : {&step.inputs, &step.outputs})
      for (const std::int32_t index : *list)
        if (index != program::kAbsent) bytes += program.tensors[static_cast<std::size_t>(index)].size_bytes;
    PlacedStep placed{.scratch_bytes = candidate->scratch_bytes(operands.view())};
    if (placed.scratch_bytes > kScratchBytesMax)
      return fail(ErrorKind::kResourceLimit, "step '{}' ({}) needs {} bytes of scratch; {} are possible", step.label,
                  step.op, placed.scratch_bytes, kScratchBytesMax);
    placed.shared = candidate->parallel() && bytes >= kSharedBytesMin;
    scratch_bytes = std::max(scratch_bytes, base::align_up(placed.scratch_bytes));
    steps.push_back(std::move(placed));
  }
  for (const program::RowBands& bands : program.bands) {
    chains.push_back(TRY(BandChain::create(program, bands, constants, team->size())));
    const std::size_t bytes = chains.back().scratch_bytes();
    if (bytes > kScratchBytesMax)
      return fail(ErrorKind::kResourceLimit, "bands from step {} on need {} bytes of scratch; {} are possible",
                  bands.first_step, bytes, kScratchBytesMax);
    scratch_bytes = std::max(scratch_bytes, base::align_up(bytes));
  }
  for (BandChain& chain : chains) steps[static_cast<std::size_t>(chain.first_step())].chain = &chain;
  return {};
}

Status Engine::Impl::bind() {
  const program::ConstantValues constants(program);
  for (std::size_t k = 0; k < steps.size(); ++k) {
    if (BandChain* chain = steps[k].chain) {
      TRY(chain->bind(
          constants, [this](std::int32_t index) { return address(index); }, memory.scratch(), scratch_bytes));
      k += static_cast<std::size_t>(chain->steps()) - 1;
      continue;
    }
    const program::Step& step = program.steps[k];
    const program::StepOperands operands(program, step, constants);
    std::vector<const std::byte*> in;
    std::vector<std::byte*> out;
    for (const std::int32_t index : step.inputs) in.push_back(address(index));
    for (const std::int32_t index : step.outputs) out.push_back(address(index));
    const program::Candidate* candidate = program::find_candidate(step.domain, step.op, step.kernel);
    steps[k].bound = TRY(candidate->bind(operands.view(), {in, out}));
  }
  return {};
}

template <class Work>
Status Engine::Impl::share(Team::Session& session, const Work& work) {
  struct Context {
    Impl* impl;
    const Work* work;
  } context{this, &work};
  session.share(
      [](void* raw, kernel::Slice slice) {
        const FlushDenormals flush;
        const auto& [impl, on_slice] = *static_cast<Context*>(raw);
        impl->failures[static_cast<std::size_t>(slice.index)] = (*on_slice)(slice);
      },
      &context);
  for (Status& failure : failures)
    if (!failure) return std::move(failure);
  return {};
}

Status Engine::Impl::run_step(PlacedStep& step, Team::Session& session) {
  if (!step.shared || team->size() == 1) return step.bound->run({0, 1}, {memory.scratch(), step.scratch_bytes});
  return share(session, [&](kernel::Slice slice) {
    std::byte* mine = memory.scratch() + static_cast<std::size_t>(slice.index) * scratch_bytes;
    return step.bound->run(slice, {mine, step.scratch_bytes});
  });
}

Status Engine::Impl::run_chain(const BandChain& chain, Team::Session& session, std::int64_t* times) {
  if (team->size() == 1) return chain.run(0, times);
  // The first slice's times stand for the chain's.
  return share(session,
               [&](kernel::Slice slice) { return chain.run(slice.index, slice.index == 0 ? times : nullptr); });
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<Engine> Engine::load(const std::filesystem::path& path, const EngineOptions& options) {
  format::EngineFile file = TRY(format::open_engine_file(path));
  auto engine = create(std::move(file.program), options);
  if (!engine) return base::in_context(engine.error(), path.string());
  return engine;
}

Status Engine::Impl::prepare(const EngineOptions& options) {
  team = options.team ? options.team : TRY(Team::create(options.threads, options.cores));
  const auto threads = static_cast<std::size_t>(team->size());
  const auto port = [&](std::int32_t index) {
    const ProgramTensor& tensor = program.tensors[static_cast<std::size_t>(index)];
    return Port{tensor.name, tensor.type};
  };
  for (const std::int32_t index : program.inputs) inputs.push_back(port(index));
  for (const std::int32_t index : program.outputs) outputs.push_back(port(index));
  TRY(place());
  memory = TRY(Memory::create(
      {.weights = program.weights_bytes, .arena = program.arena_bytes, .scratch = scratch_bytes * threads},
      program.weights, options.memory));
  TRY(bind());
  failures.resize(threads);
  return {};
}

Result<Engine> Engine::create(program::Program program, const EngineOptions& options) {
  const kernel::IsaSet here = TRY(kernel::usable_isa());
  auto impl = std::make_unique<Impl>();
  TRY(program::verify(program));
  if (!here.contains(program.required_isa)) {
    impl->repacked = TRY(program::repack(program, here));
    TRY(program::verify(program));
  }
  impl->program = std::move(program);
  TRY(impl->prepare(options));
  return Engine(std::move(impl));
}

const std::vector<Port>& Engine::inputs() const { return impl_->inputs; }
const std::vector<Port>& Engine::outputs() const { return impl_->outputs; }

TensorView Engine::input(int index) {
  HEDGE_CHECK(index >= 0 && static_cast<std::size_t>(index) < impl_->inputs.size());
  const std::int32_t tensor = impl_->program.inputs[static_cast<std::size_t>(index)];
  return {impl_->inputs[static_cast<std::size_t>(index)].type, impl_->address(tensor)};
}

std::optional<ByteInput> Engine::byte_input(int index) {
  HEDGE_CHECK(index >= 0 && static_cast<std::size_t>(index) < impl_->inputs.size());
  const auto found = program::quantized_input(impl_->program, impl_->program.inputs[static_cast<std::size_t>(index)]);
  if (!found) return std::nullopt;
  const ProgramTensor& bytes = impl_->program.tensors[static_cast<std::size_t>(found->tensor)];
  return ByteInput{{bytes.type, impl_->address(found->tensor)}, found->scale, found->zero};
}

void Engine::take_bytes(int index) {
  HEDGE_CHECK(index >= 0 && static_cast<std::size_t>(index) < impl_->inputs.size());
  const auto found = program::quantized_input(impl_->program, impl_->program.inputs[static_cast<std::size_t>(index)]);
  HEDGE_CHECK(found.has_value());
  impl_->steps[found->step].left_out = true;
}

ConstTensorView Engine::output(int index) const {
  HEDGE_CHECK(index >= 0 && static_cast<std::size_t>(index) < impl_->outputs.size());
  const std::int32_t tensor = impl_->program.outputs[static_cast<std::size_t>(index)];
  return {impl_->outputs[static_cast<std::size_t>(index)].type, impl_->address(tensor)};
}

ConstTensorView Engine::tensor(int index) const {
  HEDGE_CHECK(index >= 0 && static_cast<std::size_t>(index) < impl_->program.tensors.size());
  return {impl_->program.tensors[static_cast<std::size_t>(index)].type, impl_->address(index)};
}

Status Engine::run() {
  const FlushDenormals flush;
  Team::Session session(*impl_->team);
  for (PlacedStep& step : impl_->steps) {
    if (step.left_out) continue;
    if (step.chain != nullptr) {
      if (Status status = impl_->run_chain(*step.chain, session, nullptr); !status) return status;
    } else if (step.bound != nullptr) {
      if (Status status = impl_->run_step(step, session); !status) return status;
    }
  }
  return {};
}

Status Engine::run_timed(std::span<StepTime> times) {
  using Clock = std::chrono::steady_clock;
  const FlushDenormals flush;
  Team::Session session(*impl_->team);
  const auto set = [&](std::size_t k, std::int64_t nanoseconds) {
    if (k < times.size()) times[k] = {static_cast<int>(k), nanoseconds};
  };
  for (std::size_t k = 0; k < impl_->steps.size(); ++k) {
    PlacedStep& step = impl_->steps[k];
    if (step.chain != nullptr) {
      std::vector<std::int64_t> by_step(static_cast<std::size_t>(step.chain->steps()));
      if (Status status = impl_->run_chain(*step.chain, session, by_step.data()); !status) return status;
      for (std::size_t at = 0; at < by_step.size(); ++at) set(k + at, by_step[at]);
    } else if (step.bound != nullptr) {
      const auto begin = Clock::now();
      if (!step.left_out)
        if (Status status = impl_->run_step(step, session); !status) return status;
      set(k, std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count());
    }
  }
  return {};
}

const program::Program& Engine::program() const { return impl_->program; }
const program::Repacked* Engine::repacked() const { return impl_->repacked ? &*impl_->repacked : nullptr; }
std::size_t Engine::arena_bytes() const { return impl_->program.arena_bytes; }
MemoryReport Engine::memory() const { return impl_->memory.report(); }
int Engine::threads() const { return impl_->team->size(); }

}  // namespace hedge::engine
