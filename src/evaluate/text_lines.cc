#include "evaluate/text_lines.h"

#include "base/file.h"

namespace hedge::evaluate {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";
constexpr std::uint64_t kTextBytesMax = 256u << 20;  // a list of millions of files

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

}  // namespace

base::Status for_each_line(const std::filesystem::path& file,
                           const std::function<base::Status(std::string_view line)>& take) {
  const std::string text = TRY(base::read_text_file(file, kTextBytesMax));
  std::string_view rest = text;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t length = rest.find('\n');
    std::string_view line = rest.substr(0, length);
    rest.remove_prefix(length == std::string_view::npos ? rest.size() : length + 1);
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    if (base::Status taken = take(line); !taken)
      return base::in_context(taken.error(), fmt::format("{}:{}", file.string(), number));
  }
  return {};
}

std::string in_quotes(std::string_view text) {
  std::string shown(text.substr(0, 40));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  return "'" + shown + (shown.size() < text.size() ? "...'" : "'");
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!(line = trimmed(line)).empty()) {
    const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
    words.push_back(word);
    line.remove_prefix(word.size());
  }
  return words;
}

}  // namespace hedge::evaluate
