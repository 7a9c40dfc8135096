#include "engine/memory.h"

#include <cstring>

#include "base/aligned_buffer.h"

namespace hedge::engine {

using base::Result;

Result<Memory> Memory::create(const Sizes& sizes, std::shared_ptr<const std::byte>& weights,
                              const MemoryOptions& options) {
  Memory memory;
  memory.sizes_ = sizes;
  memory.lock_wished_ = options.lock;
  memory.weights_copied_ = options.huge_pages && sizes.weights > 0;
  const std::size_t weights_bytes = memory.weights_copied_ ? base::align_up(sizes.weights) : 0;
  const std::size_t arena_bytes = base::align_up(sizes.arena);
  memory.pages_ = std::make_shared<base::PageMemory>(
      TRY(base::PageMemory::create(weights_bytes + arena_bytes + sizes.scratch,
                                   {.huge = options.huge_pages, .prefault = options.prefault, .lock = options.lock})));
  std::byte* first = memory.pages_->data();
  memory.arena_ = first + weights_bytes;
  memory.scratch_ = memory.arena_ + arena_bytes;
  if (memory.weights_copied_) {
    std::memcpy(first, weights.get(), sizes.weights);
    weights = std::shared_ptr<const std::byte>(memory.pages_, first);
    return memory;
  }
  const std::span<const std::byte> view(weights.get(), sizes.weights);
  if (options.prefault) base::prefault_for_reading(view);
  if (options.lock && sizes.weights > 0) {
    memory.weights_refusal_ = base::lock_pages(view);
    if (memory.weights_refusal_.empty()) memory.locked_weights_ = weights;
  }
  return memory;
}

Memory::~Memory() {
  if (locked_weights_) base::unlock_pages({locked_weights_.get(), sizes_.weights});
}

MemoryReport Memory::report() const {
  const base::PageMemory::Resident resident = pages_->resident();
  const std::string& refusal = pages_->lock_refusal().empty() ? weights_refusal_ : pages_->lock_refusal();
  return {.weights_bytes = sizes_.weights,
          .arena_bytes = sizes_.arena,
          .scratch_bytes = sizes_.scratch,
          .weights_copied = weights_copied_,
          .huge_bytes = resident.huge_bytes,
          .resident_bytes = resident.bytes,
          .locked = lock_wished_ && refusal.empty(),
          .lock_refusal = refusal};
}

}  // namespace hedge::engine
