// Which bytes of its section a tensor has. Most are one run; a part of a wider tensor, as an operand of a concatenation
// or what a slice leaves, has rows of bytes with those of others between them.
#pragma once

#include "program/program.h"

namespace hedge::program {

/// `rows` runs of `row` bytes, `pitch` apart; dense: one run.
struct Footprint {
  std::uint64_t begin = 0, rows = 0, row = 0, pitch = 0;

  std::uint64_t end() const { return begin + (rows == 0 ? 0 : (rows - 1) * pitch + row); }
  bool empty() const { return rows == 0 || row == 0; }
  bool is_dense() const { return rows <= 1; }
};

/// Of a type at `begin`, dense where `pitch` is 0; and of a tensor as it is stored, packed or not.
Footprint footprint(const tensor::TensorType& type, std::uint64_t begin, std::uint64_t pitch);
Footprint footprint(const ProgramTensor& tensor);

/// Bytes of the innermost rows of a type, at least one dimension.
std::uint64_t row_bytes(const tensor::TensorType& type);

/// Where `b`'s rows begin between those of `a`, of the same pitch: in [0, pitch).
std::uint64_t column_between(const Footprint& a, const Footprint& b);

/// Whether any byte may belong to both: exact for runs and for rows of one pitch, else whether the spans meet.
bool overlap(const Footprint& a, const Footprint& b);
bool overlap(const ProgramTensor& a, const ProgramTensor& b);

}  // namespace hedge::program
