// Little-endian fields written to and read from bytes; the reader never leaves them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/result.h"

namespace hedge::format {

static_assert(std::endian::native == std::endian::little,
              "the formats are little-endian; add byte swaps for this machine");

class ByteWriter {
 public:
  template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void put(T value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), bytes, bytes + sizeof(T));
  }
  void put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    put(std::as_bytes(std::span(text)));
  }
  void put(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  base::Result<T> get() {
    if (bytes_.size() < sizeof(T)) return ended();
    T value;
    std::memcpy(&value, bytes_.data(), sizeof(T));
    bytes_ = bytes_.subspan(sizeof(T));
    return value;
  }
  base::Result<std::string> text() {
    const auto size = TRY(get<std::uint32_t>());
    const auto bytes = TRY(take(size));
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  base::Result<std::span<const std::byte>> take(std::uint64_t size) {
    if (bytes_.size() < size) return ended();
    const auto taken = bytes_.first(static_cast<std::size_t>(size));
    bytes_ = bytes_.subspan(static_cast<std::size_t>(size));
    return taken;
  }
  /// A count of items of at least `item_bytes` each: never more than the bytes that are left could hold, so that a
  /// claimed billion allocates nothing.
  base::Result<std::uint32_t> count(std::size_t item_bytes) {
    const auto value = TRY(get<std::uint32_t>());
    if (value > bytes_.size() / item_bytes) return ended();
    return value;
  }
  bool empty() const { return bytes_.empty(); }

 private:
  static std::unexpected<base::Error> ended() { return base::fail(base::ErrorKind::kInvalid, "it ends too early"); }
  std::span<const std::byte> bytes_;
};

}  // namespace hedge::format
