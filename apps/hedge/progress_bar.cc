#include "hedge/progress_bar.h"

#include <unistd.h>
#include <cstdio>
#include <string>

#include <fmt/format.h>

namespace hedge::app {

ProgressBar::ProgressBar() : terminal_(isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() {
  if (shown_ >= 0) fmt::print(stderr, "\r\x1b[K");
}

void ProgressBar::show(std::int64_t done, std::int64_t count) {
  constexpr std::int64_t kCells = 40;
  const std::int64_t thousandths = count > 0 ? 1000 * done / count : 1000;
  if (!terminal_ || thousandths == shown_) return;
  shown_ = thousandths;
  const auto filled = static_cast<std::size_t>(kCells * thousandths / 1000);
  fmt::print(stderr, "\r[{}{}] {}/{}", std::string(filled, '#'), std::string(kCells - filled, '.'), done, count);
  std::fflush(stderr);
}

}  // namespace hedge::app
