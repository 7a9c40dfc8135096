#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/descriptor.h"

namespace hedge::base {
namespace {

std::unexpected<Error> os_error(const std::filesystem::path& path, const char* what) {
  const auto kind = errno == ENOENT || errno == ENOTDIR ? ErrorKind::kNotFound : ErrorKind::kIo;
  return fail(kind, "{}: {}: {}", path.string(), what, std::strerror(errno));
}

Result<std::uint64_t> regular_file_size(int fd, const std::filesystem::path& path) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return os_error(path, "cannot stat");
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::kUsage, "{}: not a regular file", path.string());
  return static_cast<std::uint64_t>(info.st_size);
}

Result<std::uint64_t> bounded_size(int fd, const std::filesystem::path& path, std::uint64_t bytes_max) {
  const std::uint64_t size = TRY(regular_file_size(fd, path));
  if (size > bytes_max)
    return fail(ErrorKind::kResourceLimit, "{}: {} bytes, more than the limit of {}", path.string(), size, bytes_max);
  return size;
}

}  // namespace

Result<std::uint64_t> readable_size(const std::filesystem::path& path, std::uint64_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return os_error(path, "cannot open");
  return bounded_size(file.get(), path, bytes_max);
}

Result<std::vector<std::byte>> read_file(const std::filesystem::path& path, std::uint64_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return os_error(path, "cannot open");
  const std::uint64_t size = TRY(bounded_size(file.get(), path, bytes_max));
  std::vector<std::byte> bytes(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(file.get(), bytes.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_error(path, "cannot read");
    if (got == 0) break;  // the file shrank while we read: what is there is what we return
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

Result<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t bytes_max) {
  const auto bytes = TRY(read_file(path, bytes_max));
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

bool write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file, bytes.data(), bytes.size());
    if (put < 0 && errno != EINTR) return false;
    if (put > 0) bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

Status write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  return write_file(path, std::span<const std::span<const std::byte>>(&bytes, 1));
}

Status write_file(const std::filesystem::path& path, std::span<const std::span<const std::byte>> pieces) {
  auto temporary = path;
  temporary += fmt::format(".{}.tmp", ::getpid());
  {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) return os_error(path, "cannot write");
    const bool written =
        std::ranges::all_of(pieces, [&](std::span<const std::byte> bytes) { return write_all(file.get(), bytes); });
    if (!written || ::fsync(file.get()) != 0) {
      auto error = os_error(path, "cannot write");
      ::unlink(temporary.c_str());
      return error;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = os_error(path, "cannot replace");
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

Status write_file(const std::filesystem::path& path, std::string_view text) {
  return write_file(path, std::as_bytes(std::span(text.data(), text.size())));
}

Status sync_path(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return os_error(path, "cannot open");
  if (::fsync(file.get()) != 0) return os_error(path, "cannot sync");
  return {};
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return os_error(path, "cannot open");
  const std::uint64_t size = TRY(regular_file_size(file.get(), path));
  if (size == 0) return MappedFile(nullptr, 0);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (data == MAP_FAILED) return os_error(path, "cannot map");
  return MappedFile(static_cast<const std::byte*>(data), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace hedge::base
