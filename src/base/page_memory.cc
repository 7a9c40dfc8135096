#include "base/page_memory.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/aligned_buffer.h"

namespace hedge::base {
namespace {

std::size_t page_bytes() {
  static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

/// The whole pages around `memory`.
std::span<std::byte> pages_of(std::span<const std::byte> memory) {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data()) / page_bytes() * page_bytes();
  const auto end = align_up(reinterpret_cast<std::uintptr_t>(memory.data()) + memory.size(), page_bytes());
  return {reinterpret_cast<std::byte*>(begin), memory.empty() ? 0 : end - begin};
}

/// One byte a page: what kernels before MADV_POPULATE (5.14) need. Volatile, or the compiler drops the accesses.
template <class Touch>
void touch_pages(std::span<std::byte> pages, Touch touch) {
  for (std::size_t at = 0; at < pages.size(); at += page_bytes())
    touch(reinterpret_cast<volatile unsigned char*>(pages.data() + at));
}

#if !defined(MADV_POPULATE_READ)  // older headers; the numbers are the kernel's interface
constexpr int MADV_POPULATE_READ = 22, MADV_POPULATE_WRITE = 23;
#endif

/// False where there is no memory for the pages; touching them would end the process.
bool prefault_for_writing(std::span<std::byte> pages) {
  if (::madvise(pages.data(), pages.size(), MADV_POPULATE_WRITE) == 0) return true;
  if (errno != EINVAL) return false;
  touch_pages(pages, [](volatile unsigned char* byte) { *byte = *byte; });
  return true;
}

std::string lock_error() {
  const int error = errno;
  rlimit limit{};
  if ((error == ENOMEM || error == EPERM) && ::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
      limit.rlim_cur != RLIM_INFINITY)
    return fmt::format("this process may lock {} KiB: raise it by `ulimit -l`", limit.rlim_cur / 1024);
  return std::strerror(error);
}

}  // namespace

Result<PageMemory> PageMemory::create(std::size_t size, const PageOptions& options) {
  PageMemory memory;
  if (size == 0) return memory;
  const std::size_t alignment = options.huge ? kHugePageBytes : page_bytes();
  std::size_t usable = align_up(size, page_bytes()), huge = 0;
  if (options.huge) {
    huge = usable / kHugePageBytes * kHugePageBytes;
    if (usable - huge >= kHugePageBytes / 2) usable = huge = huge + kHugePageBytes;
  }
  memory.reserved_bytes_ = usable + alignment + 2 * page_bytes();
  void* reserved = ::mmap(nullptr, memory.reserved_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (reserved == MAP_FAILED)
    return fail(ErrorKind::kResourceLimit, "no room for {} bytes: {}", size, std::strerror(errno));
  memory.reserved_ = static_cast<std::byte*>(reserved);
  const auto first = align_up(reinterpret_cast<std::uintptr_t>(reserved) + page_bytes(), alignment);
  memory.data_ = memory.reserved_ + (first - reinterpret_cast<std::uintptr_t>(reserved));
  memory.size_ = size;
  const std::span<std::byte> pages(memory.data_, usable);
  if (::mprotect(pages.data(), pages.size(), PROT_READ | PROT_WRITE) != 0)
    return fail(ErrorKind::kResourceLimit, "no memory for {} bytes: {}", size, std::strerror(errno));
  if (huge > 0) (void)::madvise(pages.data(), huge, MADV_HUGEPAGE);  // refused or not: resident() says what came of it
  if (options.prefault && !prefault_for_writing(pages))
    return fail(ErrorKind::kResourceLimit, "not enough memory for {} bytes", size);
  if (options.lock) memory.lock_refusal_ = lock_pages(pages);
  return memory;
}

PageMemory::PageMemory(PageMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      reserved_(std::exchange(other.reserved_, nullptr)),
      reserved_bytes_(std::exchange(other.reserved_bytes_, 0)),
      lock_refusal_(std::move(other.lock_refusal_)) {}

PageMemory& PageMemory::operator=(PageMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(reserved_, other.reserved_);
  std::swap(reserved_bytes_, other.reserved_bytes_);
  std::swap(lock_refusal_, other.lock_refusal_);
  return *this;
}

PageMemory::~PageMemory() {
  if (reserved_ != nullptr) ::munmap(reserved_, reserved_bytes_);
}

PageMemory::Resident PageMemory::resident() const {
  Resident result;
  const auto begin = reinterpret_cast<std::uintptr_t>(data_);
  bool mine = false;
  // A mapping's first line is "begin-end rights ...", its other lines "Name: number kB"; guards keep ours apart.
  std::ifstream maps("/proc/self/smaps");
  for (std::string line; size_ > 0 && std::getline(maps, line);) {
    const char* end = line.data() + line.size();
    std::uintptr_t from = 0;
    if (const auto [next, error] = std::from_chars(line.data(), end, from, 16); error == std::errc() && *next == '-') {
      mine = from >= begin && from < begin + size_;
      continue;
    }
    if (!mine) continue;
    for (const auto& [name, sum] : {std::pair("AnonHugePages:", &result.huge_bytes), std::pair("Rss:", &result.bytes)})
      if (line.starts_with(name)) {
        std::size_t kib = 0;
        std::from_chars(line.data() + line.find_first_of("0123456789"), end, kib);
        *sum += kib * 1024;
      }
  }
  return result;
}

void prefault_for_reading(std::span<const std::byte> memory) {
  const std::span<std::byte> pages = pages_of(memory);
  if (pages.empty() || ::madvise(pages.data(), pages.size(), MADV_POPULATE_READ) == 0) return;
  touch_pages(pages, [](volatile unsigned char* byte) { (void)*byte; });
}

std::string lock_pages(std::span<const std::byte> memory) {
  const std::span<std::byte> pages = pages_of(memory);
  if (pages.empty() || ::mlock(pages.data(), pages.size()) == 0) return {};
  return lock_error();
}

void unlock_pages(std::span<const std::byte> memory) {
  const std::span<std::byte> pages = pages_of(memory);
  if (!pages.empty()) ::munlock(pages.data(), pages.size());
}

}  // namespace hedge::base
