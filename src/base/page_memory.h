// Zero-filled memory straight from the kernel, in whole pages, with a say in which pages: huge, present, never swapped.
// Each wish may be refused by the machine; what came of it can be asked. Guard pages on both sides catch overruns.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"

namespace hedge::base {

inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;  ///< of x86-64, and of AArch64 with 4 KiB pages

struct PageOptions {
  /// Ask for huge pages (madvise). The last part, where it fills less than half of one, stays in small pages, so that
  /// they never cost more than half a huge page.
  bool huge = false;
  bool prefault = false;  ///< every page is there before the first access
  bool lock = false;      ///< pages never leave the memory (mlock); present by that too
};

class PageMemory {
 public:
  PageMemory() = default;
  /// kResourceLimit where the address space or the memory for `prefault` is not there. A size of 0 has no pages.
  static Result<PageMemory> create(std::size_t size, const PageOptions& options);
  PageMemory(PageMemory&& other) noexcept;
  PageMemory& operator=(PageMemory&& other) noexcept;
  ~PageMemory();

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

  /// Of the memory, as the kernel counts it now (/proc/self/smaps): what lies in huge pages, and what is there at all.
  struct Resident {
    std::size_t huge_bytes = 0, bytes = 0;
  };
  Resident resident() const;
  /// Why the lock was refused; empty where it was not, or not wished for.
  const std::string& lock_refusal() const { return lock_refusal_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::byte* reserved_ = nullptr;  ///< with guards and what alignment left over
  std::size_t reserved_bytes_ = 0;
  std::string lock_refusal_;
};

/// Brings the pages of [data, data + size) in, readable only or not: it writes nothing.
void prefault_for_reading(std::span<const std::byte> memory);

/// Locks the pages that hold `memory`. Returns why not, or nothing.
std::string lock_pages(std::span<const std::byte> memory);
void unlock_pages(std::span<const std::byte> memory);

}  // namespace hedge::base
