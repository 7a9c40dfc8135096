#include "program/footprint.h"

namespace hedge::program {

std::uint64_t row_bytes(const tensor::TensorType& type) {
  return static_cast<std::uint64_t>(type.shape[type.shape.rank() - 1]) * tensor::size_of(type.dtype);
}

Footprint footprint(const tensor::TensorType& type, std::uint64_t begin, std::uint64_t pitch) {
  const std::uint64_t size = type.size_bytes();
  if (pitch == 0) return {begin, 1, size, size};
  const std::uint64_t row = row_bytes(type);
  return {begin, row > 0 ? size / row : 0, row, pitch};
}

Footprint footprint(const ProgramTensor& tensor) {
  if (tensor.pitch != 0) return footprint(tensor.type, tensor.offset, tensor.pitch);
  return {tensor.offset, 1, tensor.size_bytes, tensor.size_bytes};
}

std::uint64_t column_between(const Footprint& a, const Footprint& b) {
  return b.begin >= a.begin ? (b.begin - a.begin) % a.pitch : (a.pitch - (a.begin - b.begin) % a.pitch) % a.pitch;
}

bool overlap(const Footprint& a, const Footprint& b) {
  if (a.empty() || b.empty() || a.begin >= b.end() || b.begin >= a.end()) return false;
  if (a.is_dense() || b.is_dense() || a.pitch != b.pitch) return true;
  const std::uint64_t column = column_between(a, b);
  return column < a.row || column + b.row > a.pitch;
}

bool overlap(const ProgramTensor& a, const ProgramTensor& b) {
  return a.place == b.place && a.place != Place::kBand && overlap(footprint(a), footprint(b));
}

}  // namespace hedge::program
