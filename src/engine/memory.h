// The memory that an engine computes in: weights (a view, or a copy where the wish needs one), arena and scratch, in
// one block of pages, so that a small engine fills few huge pages instead of opening three.
#pragma once

#include <memory>

#include "base/page_memory.h"

namespace hedge::engine {

/// How the engine holds its memory. A wish that the machine refuses is no error: MemoryReport says what was granted.
struct MemoryOptions {
  /// Weights, arena and scratch in huge pages: fewer misses of the TLB. Weights of a file are copied, since a map of a
  /// file has none: they are then this process's own memory, no longer the page cache's that processes share.
  bool huge_pages = false;
  bool prefault = true;  ///< no page faults in the first inference
  bool lock = false;     ///< mlock: never swapped out, weights never dropped from the page cache
};

struct MemoryReport {
  std::size_t weights_bytes = 0, arena_bytes = 0, scratch_bytes = 0;
  bool weights_copied = false;
  std::size_t huge_bytes = 0;      ///< in huge pages, as the kernel counts
  std::size_t resident_bytes = 0;  ///< of what is the engine's own: arena, scratch, copied weights
  bool locked = false;
  std::string lock_refusal;  ///< where a lock was wished for and refused: why
};

class Memory {
 public:
  struct Sizes {
    std::size_t weights, arena, scratch;
  };

  Memory() = default;
  /// Copies the weights if the options need it: `weights` becomes the copy then. kResourceLimit: not enough memory.
  static base::Result<Memory> create(const Sizes& sizes, std::shared_ptr<const std::byte>& weights,
                                     const MemoryOptions& options);
  Memory(Memory&&) = default;
  Memory& operator=(Memory&&) = default;
  ~Memory();

  std::byte* arena() { return arena_; }
  std::byte* scratch() { return scratch_; }
  MemoryReport report() const;

 private:
  std::shared_ptr<base::PageMemory> pages_;  ///< shared with the weights' pointer
  std::byte* arena_ = nullptr;
  std::byte* scratch_ = nullptr;
  Sizes sizes_{};
  bool weights_copied_ = false, lock_wished_ = false;
  std::shared_ptr<const std::byte> locked_weights_;  ///< not ours, locked by us
  std::string weights_refusal_;
};

}  // namespace hedge::engine
