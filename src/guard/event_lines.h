// Lines on standard error that never make the caller wait: where the other end does not read, a line is dropped and
// counted, and the next one that gets through says how many.
#pragma once

#include <array>

#include <fmt/format.h>

namespace hedge::guard {

class EventLines {
 public:
  explicit EventLines(int descriptor) : descriptor_(descriptor) {}

  /// At most 500 bytes; no allocation.
  template <class... Args>
  void write(fmt::format_string<Args...> text, Args&&... args) noexcept {
    std::array<char, kBytesMax> line;
    const auto end = fmt::format_to_n(line.data(), line.size() - 1, text, std::forward<Args>(args)...);
    put(line.data(), static_cast<std::size_t>(end.out - line.data()));
  }

 private:
  static constexpr std::size_t kBytesMax = 500;
  void put(char* line, std::size_t size) noexcept;
  bool ready() const noexcept;

  int descriptor_;
  long dropped_ = 0;
};

}  // namespace hedge::guard
