#include "program/liveness.h"

#include <algorithm>
#include <map>

#include "program/footprint.h"

namespace hedge::program {
namespace {

using base::ErrorKind;
using base::fail;
using base::Status;

/// What the arena holds at one moment of the run.
class ArenaContents {
 public:
  explicit ArenaContents(const Program& program) : program_(program), is_written_(program.tensors.size(), false) {
    for (const std::int32_t input : program.inputs) is_written_[static_cast<std::size_t>(input)] = true;
    for (const Step& step : program.steps)
      for (const std::int32_t output : step.outputs)
        if (output != kAbsent) is_written_[static_cast<std::size_t>(output)] = true;
  }

  /// The bytes are the tensor's now; whatever lay there, in whole or in part, is lost.
  Status write(std::int32_t index) {
    const Footprint place = footprint(tensor(index));
    if (place.empty()) return {};
    auto at = blocks_.upper_bound(place.begin);
    if (at != blocks_.begin() && end_of(std::prev(at)->second) > place.begin) --at;
    while (at != blocks_.end() && at->first < place.end()) {
      if (share_rows(place, at->second)) return join(at, index, place);
      at = blocks_.erase(at);
    }
    blocks_.emplace(place.begin, Block{place, {index}});
    return {};
  }

  /// A tensor that nobody writes is of others' bytes: all of them of one under another shape, some of them, or those of
  /// several one after or beside the other.
  bool holds(std::int32_t index) const {
    const Footprint place = footprint(tensor(index));
    if (place.empty()) return true;
    auto at = blocks_.upper_bound(place.begin);
    if (at == blocks_.begin()) return false;
    --at;
    if (is_written_[static_cast<std::size_t>(index)])
      return std::ranges::find(at->second.tensors, index) != at->second.tensors.end();
    std::uint64_t covered = place.begin;
    for (std::size_t parts = 0; covered < place.end(); ++at) {
      if (at == blocks_.end() || at->first > covered) return false;
      parts += at->second.tensors.size();
      if (parts > kPartsMax || !fits(index, place, at->second)) return false;
      covered = end_of(at->second);
    }
    return true;
  }

 private:
  /// Tensors that lie beside each other, row by row: one, unless they have a pitch.
  struct Block {
    Footprint place;  ///< of all of them: the rows from the first tensor's first byte to the last one's last
    std::vector<std::int32_t> tensors;
  };
  using Blocks = std::map<std::uint64_t, Block>;  ///< by first byte; their spans do not meet

  const ProgramTensor& tensor(std::int32_t index) const { return program_.tensors[static_cast<std::size_t>(index)]; }
  static std::uint64_t end_of(const Block& block) { return block.place.end(); }

  /// Whether the two are columns of one table.
  static bool share_rows(const Footprint& place, const Block& block) {
    if (place.is_dense() || block.place.is_dense() || place.pitch != block.place.pitch ||
        place.rows != block.place.rows)
      return false;
    const std::uint64_t begin = std::min(place.begin, block.place.begin);
    return std::max(place.begin + place.row, block.place.begin + block.place.row) - begin <= place.pitch;
  }

  Status join(Blocks::iterator at, std::int32_t index, const Footprint& place) {
    Block block = std::move(at->second);
    at = blocks_.erase(at);
    std::erase_if(block.tensors, [&](std::int32_t other) { return overlap(tensor(other), tensor(index)); });
    if (block.tensors.size() == kPartsMax)
      return fail(ErrorKind::kResourceLimit, "more than {} tensors lie beside each other", kPartsMax);
    block.tensors.push_back(index);
    block.place = place;
    for (const std::int32_t other : block.tensors) {
      const Footprint part = footprint(tensor(other));
      const std::uint64_t end = std::max(block.place.begin + block.place.row, part.begin + part.row);
      block.place.begin = std::min(block.place.begin, part.begin);
      block.place.row = end - block.place.begin;
    }
    while (at != blocks_.end() && at->first < block.place.end()) at = blocks_.erase(at);
    blocks_.emplace(block.place.begin, std::move(block));
    return {};
  }

  /// Whether all bytes of the block that are the reader's too are such as it may read.
  bool fits(std::int32_t reader, const Footprint& place, const Block& block) const {
    std::uint64_t row = 0, common = 0;
    for (const std::int32_t index : block.tensors) {
      // Of one type they have the same elements, since all begin at a multiple of an element's size.
      if (tensor(index).type.dtype != tensor(reader).type.dtype) return false;
      const Footprint part = footprint(tensor(index));
      if (part.is_dense()) return true;
      row += part.row;
      common += common_row(place, part);
    }
    // Columns without a gap are a run of bytes. Else all of those that it reads must be there, in as many rows.
    const Footprint& rows = block.place;
    return row == rows.pitch || (place.pitch == rows.pitch && place.rows == rows.rows && common == place.row);
  }
  /// Bytes of the first row that belong to both.
  static std::uint64_t common_row(const Footprint& place, const Footprint& part) {
    const std::uint64_t begin = std::max(place.begin, part.begin);
    const std::uint64_t end = std::min(place.begin + place.row, part.begin + part.row);
    return begin < end ? end - begin : 0;
  }

  const Program& program_;
  std::vector<bool> is_written_;
  Blocks blocks_;
};

}  // namespace

Status verify_liveness(const Program& program) {
  const auto name = [&](std::int32_t index) -> const std::string& {
    return program.tensors[static_cast<std::size_t>(index)].name;
  };
  ArenaContents arena(program);
  for (const std::int32_t input : program.inputs) TRY(arena.write(input));
  for (const std::int32_t input : program.inputs)
    if (!arena.holds(input)) return fail(ErrorKind::kInvalid, "input '{}' lies on another", name(input));
  for (std::size_t k = 0; k < program.steps.size(); ++k) {
    const Step& step = program.steps[k];
    for (const std::int32_t input : step.inputs) {
      if (input == kAbsent || program.tensors[static_cast<std::size_t>(input)].place != Place::kArena) continue;
      if (!arena.holds(input))
        return fail(ErrorKind::kInvalid, "step {} '{}' ({}): '{}' is not in the arena when it is read", k, step.label,
                    step.op, name(input));
    }
    for (const std::int32_t output : step.outputs)
      if (output != kAbsent && program.tensors[static_cast<std::size_t>(output)].place == Place::kArena)
        TRY(arena.write(output));
  }
  for (const std::int32_t output : program.outputs)
    if (!arena.holds(output))
      return fail(ErrorKind::kInvalid, "output '{}' is not in the arena when the run ends", name(output));
  return {};
}

}  // namespace hedge::program
