// Runs a program: one arena, one flat list of bound steps, one team of threads. Nothing is allocated after create().
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/memory.h"
#include "program/program.h"
#include "program/repack.h"
#include "tensor/tensor.h"

namespace hedge::engine {

class Team;

struct EngineOptions {
  int threads = 1;
  /// One core a thread: thread k > 0 stays on cores[k]. The caller of run() is thread 0 and pins itself to cores[0]
  /// (base::keep_this_thread_on). Empty: the kernel's scheduler decides.
  std::vector<int> cores = {};
  MemoryOptions memory = {};
  /// Threads that several engines of a process share (engine/team.h), in place of own ones by `threads` and `cores`.
  /// Each engine is still for one caller at a time.
  std::shared_ptr<Team> team = nullptr;
};

/// Name and type of one input or output.
struct Port {
  std::string name;
  tensor::TensorType type;
};

/// An f32 input that the program does nothing with but quantize it, as the bytes which that step makes of it:
/// zero + round(x / scale), saturated; op/quant/quantize.h.
struct ByteInput {
  tensor::TensorView view;  ///< u8: [N,H,W,C] of an input [N,C,H,W], or of the input's own shape
  float scale;              ///< positive and finite
  std::int32_t zero;        ///< 0 to 255
};

/// Time of one step in the last run, for `hedge profile` and `compare`.
struct StepTime {
  int step = 0;
  std::int64_t nanoseconds = 0;
};

class Engine {
 public:
  /// Maps an engine file and binds every step; the bytes are checked here, once (format/engine_file.h).
  static base::Result<Engine> load(const std::filesystem::path& path, const EngineOptions& options = {});
  /// From a program just compiled, in memory. One for another machine is packed anew for this one where it is portable
  /// (program/repack.h), else it is kUnsupported.
  static base::Result<Engine> create(program::Program program, const EngineOptions& options = {});
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  const std::vector<Port>& inputs() const;
  const std::vector<Port>& outputs() const;
  /// Where to write input `index` before run(); stays valid and in place for the engine's life.
  tensor::TensorView input(int index);
  /// The same input as bytes, where the program's only use of it is to quantize it and nothing else is kept where the
  /// bytes lie until then; else nothing. They are read only after take_bytes().
  std::optional<ByteInput> byte_input(int index);
  /// From now on the caller writes byte_input(index), which must be there, before each run(), and run() leaves out the
  /// step that would: what input(index) holds has no effect any more.
  void take_bytes(int index);
  /// Output `index` of the last run; valid until the next run().
  tensor::ConstTensorView output(int index) const;

  /// One inference. No allocation, no lock held by the caller's thread, no exception. An operator that meets bad
  /// values (an index out of range) gives kInvalid.
  base::Status run();
  /// The same, with a time for each step (adds two clock reads a step); next to nothing for one that is left out.
  base::Status run_timed(std::span<StepTime> times);

  const program::Program& program() const;
  /// What became of a program for another machine; null where it runs as it is.
  const program::Repacked* repacked() const;
  std::size_t arena_bytes() const;
  /// What came of MemoryOptions. Asks the kernel: not for hot paths.
  MemoryReport memory() const;
  int threads() const;
  /// Any tensor of the program, right after run(): its memory may be reused later in the run, so only tensors of a
  /// program compiled with `keep_all_tensors` are sure to hold what their step wrote; null data for a tensor that is
  /// never whole (Place::kBand). For compare, layer by layer.
  tensor::ConstTensorView tensor(int index) const;

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hedge::engine
