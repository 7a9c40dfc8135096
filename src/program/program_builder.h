// Programs written by hand, step by step, without the compiler: for tests, benches and the fuzzer's first inputs.
// Every tensor gets bytes of its own; whoever wants them shared edits the finished Program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "program/family.h"
#include "program/program.h"

namespace hedge::program {

struct StepOptions {
  std::string_view domain = "";
  int opset = 17;
  /// Name of the kernel; empty: the first that `isa` allows and that does not decline.
  std::string_view kernel = "";
  kernel::IsaSet isa = kernel::detect_isa();
  int output_count = 1;
};

/// Misuse (an unknown operator, types that do not fit) is a bug of the caller: HEDGE_CHECK.
class ProgramBuilder {
 public:
  std::int32_t input(std::string_view name, TensorType type);
  std::int32_t weights(std::string_view name, Tensor value);
  /// Index of the first output; the others follow it. Output types are what the shape rule says; constant operands are
  /// packed as the kernel wants them.
  std::int32_t step(std::string_view op, std::vector<std::int32_t> inputs, op::Attributes attributes = {},
                    const StepOptions& options = {});
  void output(std::int32_t index) { program_.outputs.push_back(index); }
  Program finish();

 private:
  std::int32_t add_arena(std::string_view name, TensorType type);
  std::int32_t add_weights(std::string_view name, TensorType type, std::string_view packing,
                           std::span<const std::byte> bytes);
  const Tensor* constant(std::int32_t index) const;

  Program program_{.portable = std::vector<DenseOrigin>()};
  std::vector<Tensor> constants_;  ///< by tensor index; undefined where there is none
  std::vector<std::byte> weights_;
};

}  // namespace hedge::program
