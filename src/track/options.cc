#include "track/options.h"

#include "base/file.h"
#include "base/toml_document.h"

namespace hedge::track {
namespace {

void read_noise(base::Section& section, const char* key, double& value, float least, float most) {
  auto number = static_cast<float>(value);
  section.read(key, number, least, most);
  value = static_cast<double>(number);
}

}  // namespace

void read_options(base::Section section, TrackerOptions& options) {
  section.read("low_score", options.low_score, 0, 1);
  section.read("new_score", options.new_score, 0, 1);
  section.read("iou_min", options.iou_min, 0, 1);
  section.read("iou_min_low", options.iou_min_low, 0, 1);
  section.read("gate", options.gate, 0.1f, 1000);
  section.read("appearance", options.appearance, 0, 10);
  section.read("confirm_s", options.confirm_s, 0, 60);
  section.read("lost_s", options.lost_s, 0, 600);
  section.read("coast_s", options.coast_s, 0, 600);
  section.read("tentative_lost_s", options.tentative_lost_s, 0, 60);
  section.read("tracks_max", options.tracks_max, 1, 1000);
  read_noise(section, "measurement_noise", options.noise.measurement, 0.001f, 1);
  read_noise(section, "acceleration_noise", options.noise.acceleration, 0, 100);
  read_noise(section, "growth_noise", options.noise.growth, 0, 100);
  std::vector<float> numbers;
  section.read_numbers("false_boxes", numbers);
  if (numbers.size() % 4 != 0) section.refuse("false_boxes", "must hold x, y, width, height of each box");
  for (std::size_t k = 0; k + 4 <= numbers.size(); k += 4)
    options.false_boxes.push_back({numbers[k], numbers[k + 1], numbers[k + 2], numbers[k + 3]});
  section.finish();
}

base::Result<TrackerOptions> parse_options(std::string_view text, const std::string& file) {
  const toml::table root = TRY(base::parse_toml(text, file));
  for (const auto& [key, node] : root)
    if (key != "track" || !node.is_table())
      return base::fail(base::ErrorKind::kInvalid, "{}:{}: '{}': all that may stand here is the table [track]", file,
                        node.source().begin.line, std::string(key.str()));
  TrackerOptions options;
  std::optional<base::Error> problem;
  read_options(base::Section(root["track"].as_table(), "track", file, problem), options);
  if (problem) return std::unexpected(*problem);
  return options;
}

base::Result<TrackerOptions> load_options(const std::filesystem::path& path) {
  return parse_options(TRY(base::read_text_file(path, 1 << 20)), path.string());
}

}  // namespace hedge::track
