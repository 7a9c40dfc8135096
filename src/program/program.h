// The compiled model as plain data: tensors with their places, steps with their kernels. The waist between compile and
// engine: neither knows the other. docs/formats/engine.md is its form on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel/isa.h"
#include "op/attributes.h"
#include "tensor/tensor.h"

namespace hedge::program {

/// Where a tensor's bytes live.
enum class Place : std::uint8_t {
  kArena = 0,    ///< `offset` bytes into the arena
  kWeights = 1,  ///< `offset` bytes into the weights section
  kBand = 2,     ///< never whole: between two steps that run by bands, in a few rows of each thread's own
};

struct ProgramTensor {
  std::string name;         ///< of the graph value it came from
  tensor::TensorType type;  ///< logical dtype and shape
  /// How a weight's bytes are arranged for its kernel ("" = dense row-major); the kernel's name for it.
  std::string packing;
  Place place = Place::kArena;
  std::uint64_t offset = 0;      ///< a multiple of 64, unless it is a part of another tensor
  std::uint64_t size_bytes = 0;  ///< as stored, first byte to last: packed weights may be larger than their type
  /// Bytes from one innermost row to the next, where others' bytes lie between them: it is some channels of a wider
  /// tensor in the arena (footprint.h). 0: dense.
  std::uint64_t pitch = 0;
};

inline constexpr std::int32_t kAbsent = -1;  ///< an optional operand that is not there

struct Step {
  std::string label;   ///< node name(s) it came from, for reports
  std::string domain;  ///< of the operator
  std::string op;
  int opset = 0;
  std::string kernel;  ///< name in the kernel table, or "ref": the operator's reference kernel
  op::Attributes attributes;
  std::vector<std::int32_t> inputs;   ///< indices into tensors, or kAbsent
  std::vector<std::int32_t> outputs;  ///< indices into tensors, or kAbsent
};

/// Convolutions one after the other that run together, a band of rows at a time (row_bands.h). What lies between two of
/// them has Place::kBand.
struct RowBands {
  std::int32_t first_step = 0, steps = 0;
  std::int32_t rows = 0;  ///< of the last one's output, made at a time
};

/// What a packed weight was before: whoever packs it anew for another machine proves that it is the same.
struct DenseOrigin {
  std::int32_t tensor = 0;
  std::uint32_t crc = 0;  ///< CRC-32C of the dense, row-major bytes
};

/// Who made this engine, from what: printed by `hedge inspect`, compared by the fleet later.
struct Provenance {
  std::string model_name;
  std::string model_sha256;  ///< of the .onnx bytes, hex; empty if compiled from memory
  std::string compiler_version;
  std::string command;  ///< options that changed the result (shapes, freezes, disabled passes)
};

struct Program {
  std::vector<ProgramTensor> tensors;
  std::vector<Step> steps;            ///< in execution order
  std::vector<RowBands> bands;        ///< by rising step, none over another
  std::vector<std::int32_t> inputs;   ///< tensors that the caller writes
  std::vector<std::int32_t> outputs;  ///< tensors that the caller reads
  std::uint64_t arena_bytes = 0;      ///< tensors in the arena and nothing else; scratch is the engine's own
  kernel::IsaSet required_isa;
  Provenance provenance;
  /// Packed weights, 64-byte aligned. Owned here when just compiled, a view of the mapped file when loaded.
  std::shared_ptr<const std::byte> weights;
  std::uint64_t weights_bytes = 0;
  /// One for each packed weight, by rising tensor: the program may be bound to other kernels (program/repack.h).
  /// Absent: only machines with required_isa may run it.
  std::optional<std::vector<DenseOrigin>> portable;
};

}  // namespace hedge::program
