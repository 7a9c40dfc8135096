#include "guard/heartbeat.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

namespace hedge::guard {
namespace {

using base::ErrorKind;
using base::fail;

constexpr std::uint64_t kMagic = 0x3130'4542'4744'4548;  // "HEDGEB01" of this layout
constexpr std::size_t kPageBytes = 65536;                // a multiple of every page size that Linux has
constexpr int kReadsMax = 64;                            // a writer needs less than one of them

}  // namespace

base::Result<HeartbeatMemory> HeartbeatMemory::map(base::Descriptor descriptor, int watchdog_page_protection) {
  HeartbeatMemory memory;
  memory.descriptor_ = std::move(descriptor);
  const int file = memory.descriptor_.get();
  void* ours = ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (ours == MAP_FAILED) return fail(ErrorKind::kIo, "heartbeat: cannot map it: {}", std::strerror(errno));
  memory.ours_ = static_cast<WorkerPage*>(ours);
  void* theirs = ::mmap(nullptr, kPageBytes, watchdog_page_protection, MAP_SHARED, file, kPageBytes);
  if (theirs == MAP_FAILED) return fail(ErrorKind::kIo, "heartbeat: cannot map it: {}", std::strerror(errno));
  memory.theirs_ = static_cast<WatchdogPage*>(theirs);
  return memory;
}

base::Result<HeartbeatMemory> HeartbeatMemory::create() {
  base::Descriptor file(::memfd_create("hedge_heartbeat", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ::ftruncate(file.get(), 2 * kPageBytes) != 0)
    return fail(ErrorKind::kIo, "heartbeat: no shared memory: {}", std::strerror(errno));
  // A worker that shortened the file would kill its watchdog with SIGBUS.
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return fail(ErrorKind::kIo, "heartbeat: cannot seal the shared memory: {}", std::strerror(errno));
  HeartbeatMemory memory = TRY(map(std::move(file), PROT_READ | PROT_WRITE));
  memory.theirs_->magic.store(kMagic);
  return memory;
}

base::Result<HeartbeatMemory> HeartbeatMemory::attach(int descriptor) {
  struct stat info{};
  if (::fstat(descriptor, &info) != 0 || info.st_size != 2 * kPageBytes)
    return fail(ErrorKind::kInvalid, "descriptor {} is no heartbeat: start the watchdog, which starts the worker",
                descriptor);
  HeartbeatMemory memory = TRY(map(base::Descriptor(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)), PROT_READ));
  if (memory.theirs_->magic.load() != kMagic)
    return fail(ErrorKind::kInvalid, "descriptor {} is the heartbeat of another version of hedge", descriptor);
  return memory;
}

HeartbeatMemory::HeartbeatMemory(HeartbeatMemory&& other) noexcept
    : descriptor_(std::move(other.descriptor_)),
      ours_(std::exchange(other.ours_, nullptr)),
      theirs_(std::exchange(other.theirs_, nullptr)) {}

HeartbeatMemory& HeartbeatMemory::operator=(HeartbeatMemory&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(ours_, other.ours_);
  std::swap(theirs_, other.theirs_);
  return *this;
}

HeartbeatMemory::~HeartbeatMemory() {
  if (ours_ != nullptr) ::munmap(ours_, kPageBytes);
  if (theirs_ != nullptr) ::munmap(theirs_, kPageBytes);
}

void HeartbeatMemory::publish(const Beat& beat) noexcept {
  const auto words = std::bit_cast<std::array<std::uint64_t, kWords>>(beat);
  const std::uint64_t before = ours_->sequence.load(std::memory_order_relaxed) | 1;  // odd already: a writer died here
  ours_->sequence.store(before, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (std::size_t k = 0; k < kWords; ++k) ours_->words[k].store(words[k], std::memory_order_relaxed);
  ours_->sequence.store(before + 1, std::memory_order_release);
}

std::optional<Beat> HeartbeatMemory::read() const noexcept {
  std::array<std::uint64_t, kWords> words;
  for (int tried = 0; tried < kReadsMax; ++tried) {
    const std::uint64_t before = ours_->sequence.load(std::memory_order_acquire);
    if (before % 2 != 0) continue;
    for (std::size_t k = 0; k < kWords; ++k) words[k] = ours_->words[k].load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (ours_->sequence.load(std::memory_order_relaxed) == before) return std::bit_cast<Beat>(words);
  }
  return std::nullopt;
}

}  // namespace hedge::guard
