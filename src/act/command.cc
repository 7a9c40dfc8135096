#include "act/command.h"

#include <algorithm>

namespace hedge::act {

const char* to_string(State state) {
  switch (state) {
    case State::kOff: return "off";
    case State::kOn: return "on";
    case State::kSafe: return "safe";
  }
  return "?";
}

RuleName::RuleName(std::string_view name) {
  if (name.empty()) return;
  hash_ = 0xcbf29ce484222325u;
  for (const char letter : name) hash_ = (hash_ ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
  std::size_t size = std::min(name.size(), text_.size());
  if (size < name.size())
    while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) --size;  // within a UTF-8 character
  std::copy_n(name.begin(), size, text_.begin());
  size_ = static_cast<std::uint8_t>(size);
}

}  // namespace hedge::act
