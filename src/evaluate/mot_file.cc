#include "evaluate/mot_file.h"

#include <charconv>
#include <cmath>
#include <set>
#include <string>

#include "evaluate/text_lines.h"

namespace hedge::evaluate {
namespace {

using base::ErrorKind;
using base::fail;

constexpr std::size_t kFieldsMin = 6, kFieldsMax = 10;
constexpr double kWholeMax = 1e9;
constexpr double kPixelsMax = 1e6;  // far beyond any picture, and safe to multiply

base::Result<double> number(std::string_view text, const char* what) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return fail(ErrorKind::kInvalid, "the {} is {}, which is no number", what, in_quotes(text));
  return value;
}

base::Result<std::int64_t> whole(std::string_view text, const char* what, double least) {
  const double value = TRY(number(text, what));
  if (value != std::floor(value) || value < least || value > kWholeMax)
    return fail(ErrorKind::kInvalid, "the {} is {}; it must be a whole number from {}", what, in_quotes(text), least);
  return static_cast<std::int64_t>(value);
}

base::Result<double> pixels(std::string_view text, const char* what, bool size) {
  const double value = TRY(number(text, what));
  if (std::abs(value) > kPixelsMax || (size && value <= 0))
    return fail(ErrorKind::kInvalid, "the {} is {}; it must be {} in pixels", what, in_quotes(text),
                size ? "a size above 0" : "a place");
  return value;
}

/// Between commas; where there is none, between blanks.
std::vector<std::string_view> fields_of(std::string_view line) {
  if (line.find(',') == std::string_view::npos) return words_of(line);
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t length = line.find(',');
    const auto words = words_of(line.substr(0, length));
    fields.push_back(words.size() == 1 ? words[0] : line.substr(0, length));
    if (length == std::string_view::npos) return fields;
    line.remove_prefix(length + 1);
  }
}

base::Result<TrackBox> parse(std::string_view line) {
  const std::vector<std::string_view> fields = fields_of(line);
  if (fields.size() < kFieldsMin || fields.size() > kFieldsMax)
    return fail(ErrorKind::kInvalid, "{} fields; write frame,id,left,top,width,height and up to four more",
                fields.size());
  TrackBox box;
  box.frame = TRY(whole(fields[0], "frame", 1));
  box.id = TRY(whole(fields[1], "id", 0));
  box.box.x = TRY(pixels(fields[2], "left side", false));
  box.box.y = TRY(pixels(fields[3], "top", false));
  box.box.width = TRY(pixels(fields[4], "width", true));
  box.box.height = TRY(pixels(fields[5], "height", true));
  if (fields.size() > 6) box.confidence = TRY(number(fields[6], "confidence"));
  if (fields.size() > 7) box.class_id = static_cast<int>(TRY(whole(fields[7], "class", -1)));
  return box;
}

}  // namespace

base::Result<std::vector<TrackBox>> read_mot(const std::filesystem::path& file) {
  std::vector<TrackBox> boxes;
  std::set<std::pair<std::int64_t, std::int64_t>> known;
  TRY(for_each_line(file, [&](std::string_view line) -> base::Status {
    boxes.push_back(TRY(parse(line)));
    if (!known.emplace(boxes.back().frame, boxes.back().id).second)
      return fail(ErrorKind::kInvalid, "a second box of {} in frame {}", boxes.back().id, boxes.back().frame);
    return {};
  }));
  return boxes;
}

}  // namespace hedge::evaluate
