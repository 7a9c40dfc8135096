#include "guard/event_lines.h"

#include <poll.h>
#include <unistd.h>

namespace hedge::guard {

// A pipe is ready when a whole page fits, so a line fits (POSIX: what is at most PIPE_BUF bytes is written at once).
bool EventLines::ready() const noexcept {
  pollfd watched{descriptor_, POLLOUT, 0};
  return ::poll(&watched, 1, 0) == 1 && (watched.revents & POLLOUT) != 0;
}

void EventLines::put(char* line, std::size_t size) noexcept {
  line[size++] = '\n';
  if (!ready()) {
    ++dropped_;
    return;
  }
  if (dropped_ > 0) {
    std::array<char, 64> note;
    const auto end = fmt::format_to_n(note.data(), note.size(), "hedge guard: {} lines were dropped\n", dropped_);
    if (::write(descriptor_, note.data(), static_cast<std::size_t>(end.out - note.data())) > 0) dropped_ = 0;
    if (!ready()) {
      ++dropped_;
      return;
    }
  }
  if (::write(descriptor_, line, size) < 0) ++dropped_;
}

}  // namespace hedge::guard
