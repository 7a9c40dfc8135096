// Files: whole reads with a bound, writes that are all or nothing, and read-only maps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hedge::base {

/// Reads a regular file of at most `bytes_max`; a larger one is kResourceLimit, a missing one kNotFound.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& path, std::uint64_t bytes_max);
/// Size of a regular file of at most `bytes_max`, for those who read it in their own way; errors as of read_file.
Result<std::uint64_t> readable_size(const std::filesystem::path& path, std::uint64_t bytes_max);
Result<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t bytes_max = 16 << 20);

/// All of `bytes` to an open file. False, with errno: it could not.
bool write_all(int file, std::span<const std::byte> bytes);

/// Writes beside the target, fsyncs, renames: after a power cut there is the old file or the new one.
Status write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
/// The pieces one after the other.
Status write_file(const std::filesystem::path& path, std::span<const std::span<const std::byte>> pieces);
Status write_file(const std::filesystem::path& path, std::string_view text);

/// Waits until a file, or a directory's entries, are on the disk: after a rename, sync the directory that holds the
/// name.
Status sync_path(const std::filesystem::path& path);

/// A read-only map of a whole file, shared between processes that map the same one.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  MappedFile(const std::byte* data, std::size_t size) : data_(data), size_(size) {}
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace hedge::base
