#include "rules/pipeline_file.h"

#include <algorithm>
#include <cmath>

#include "base/toml_document.h"
#include "rules/parser.h"
#include "rules/resolve.h"

namespace hedge::rules {
namespace {

using base::ErrorKind;
using base::fail;
using base::Section;
using std::chrono::nanoseconds;
using Pairs = std::vector<std::array<double, 2>>;

constexpr std::string_view kSections[] = {"pipeline", "track",   "camera",  "zone",     "line", "rule",
                                          "safety",   "capture", "trigger", "actuator", "log",  "second_opinion"};
constexpr std::size_t kZonesMax = 64, kLinesMax = 64, kRulesMax = 128, kCornersMax = 128;
constexpr double kCoordinateMax = 1 << 20;  // pixels, or frames
const std::map<std::string, Units> kUnitWords = {{"pixels", Units::kPixels}, {"fraction", Units::kFraction}};
const std::map<std::string, Anchor> kAnchorWords = {{"foot", Anchor::kFoot}, {"center", Anchor::kCenter}};

std::vector<Point> points_of(const Pairs& pairs) {
  std::vector<Point> points;
  for (const auto& pair : pairs) points.push_back({pair[0], pair[1]});
  return points;
}

class Reader {
 public:
  Reader(const toml::table& root, std::string_view document, const std::string& file, const Vocabulary& vocabulary,
         const std::optional<std::vector<std::string>>& actuators)
      : root_(root), document_(document), file_(file), vocabulary_(vocabulary), actuators_(actuators) {}

  base::Result<RulesFile> read() {
    camera();
    for_each("zone", kZonesMax, [this](const toml::table& table) { zone(table); });
    for_each("line", kLinesMax, [this](const toml::table& table) { line(table); });
    for_each("rule", kRulesMax, [this](const toml::table& table) { rule(table); });
    if (problem_) return std::unexpected(*problem_);
    return std::move(made_);
  }

 private:
  void report(const toml::node& at, const std::string& text) { base::report(problem_, file_, at, text); }

  template <class Read>
  void for_each(const char* key, std::size_t count_max, Read read) {
    const toml::node* node = root_.get(key);
    if (node == nullptr) return;
    const toml::array* tables = node->as_array();
    if (tables == nullptr || !tables->is_homogeneous(toml::node_type::table))
      return report(*node, fmt::format("{0} must be written [[{0}]]", key));
    if (tables->size() > count_max) return report(*node, fmt::format("more than {} [[{}]]", count_max, key));
    for (const toml::node& table : *tables) read(*table.as_table());
  }

  /// A string that has an inner grammar: parsed where it stands, so that its errors name the place.
  template <class T, class Parse>
  void read_text(Section& section, const toml::table& table, const char* key, T& value, Parse parse) {
    std::string text;
    section.read(key, text);
    const toml::node* node = table.get(key);
    if (node == nullptr || !node->is_string()) return;
    auto parsed = parse(SourceText::of(*node, document_, file_));
    if (parsed)
      value = std::move(*parsed);
    else if (!problem_)
      problem_ = std::move(parsed).error();
  }
  void read_duration(Section& section, const toml::table& table, const char* key, nanoseconds& value) {
    read_text(section, table, key, value, parse_duration);
  }

  /// Zones and lines are words of the expressions, so they may not be those of the language; rules are not.
  enum class Names { kInExpressions, kOfRules };
  void read_name(Section& section, const toml::table& table, std::string& name, Names where) {
    section.read("name", name, true);
    const toml::node* node = table.get("name");
    if (node == nullptr || !node->is_string()) return;
    const bool in_expressions = where == Names::kInExpressions;
    if (const std::string why = why_no_name(name, in_expressions); !why.empty())
      report(*node, fmt::format("'{}' cannot be a name: {}", name, why));
    if (in_expressions && (std::ranges::find(vocabulary_.classes, name) != vocabulary_.classes.end() ||
                           std::ranges::find(vocabulary_.numbers, name) != vocabulary_.numbers.end()))
      report(*node, fmt::format("'{}' cannot be a name: it is a class or a number of the frame", name));
    std::vector<std::string>& taken = in_expressions ? place_names_ : rule_names_;
    if (std::ranges::find(taken, name) != taken.end()) report(*node, fmt::format("the name '{}' is there twice", name));
    taken.push_back(name);
  }

  void read_classes(Section& section, const toml::table& table, std::vector<int>& classes) {
    std::vector<std::string> words;
    section.read_list<std::string>("classes", words, "names of classes");
    for (const std::string& word : words) {
      const auto found = std::ranges::find(vocabulary_.classes, word);
      if (found == vocabulary_.classes.end())
        return report(
            *table.get("classes"),
            fmt::format(
                "unknown class '{}'; known are: {}", word,
                vocabulary_.classes.empty() ? "none" : fmt::format("{}", fmt::join(vocabulary_.classes, ", "))));
      classes.push_back(static_cast<int>(found - vocabulary_.classes.begin()));
    }
  }

  void check_coordinates(const toml::table& table, const char* key, const std::vector<Point>& points, Units units) {
    const double least = units == Units::kFraction ? -1 : -kCoordinateMax;
    const double most = units == Units::kFraction ? 2 : kCoordinateMax;
    for (const Point p : points)
      if (!(p.x >= least && p.x <= most && p.y >= least && p.y <= most))
        return report(*table.get(key),
                      fmt::format("{} hold ({}, {}): {}", key, p.x, p.y,
                                  units == Units::kFraction
                                      ? "fractions of the frame are -1 to 2; for pixels write units = \"pixels\""
                                      : "no such pixel"));
  }

  void camera() {
    const toml::node* node = root_.get("camera");
    if (node == nullptr) return;
    const toml::table* table = node->as_table();
    if (table == nullptr) return report(*node, "camera must be written [camera]");
    Camera& camera = made_.scene.camera;
    Section section(table, "camera", file_, problem_);
    read_duration(section, *table, "window", camera.window);
    if (camera.window < std::chrono::milliseconds(50) || camera.window > std::chrono::seconds(10))
      report(*table->get("window"), "window must be 50 ms to 10 s");
    section.read("size_from", camera.size_from,
                 {{"height", SizeFrom::kHeight}, {"width", SizeFrom::kWidth}, {"area", SizeFrom::kArea}});
    section.read("units", camera.units, kUnitWords);
    section.read("distance_max_m", camera.distance_max_m, 1, 10000);
    read_mounting(section, *table, camera);
    Pairs image, ground, origin;
    section.read_pairs("image_points", image);
    section.read_pairs("ground_points", ground);
    section.read_pairs("origin", origin);
    section.finish();
    camera.image_points = points_of(image);
    camera.ground_points = points_of(ground);
    if (origin.size() > 1) report(*table->get("origin"), "origin is one point: [[x, y]]");
    if (!origin.empty()) camera.origin = {origin[0][0], origin[0][1]};
    check_calibration(*table, camera);
  }

  void read_mounting(Section& section, const toml::table& table, Camera& camera) {
    Mounting mounting;
    section.read("height_m", mounting.height_m, 0.05, 1000);
    section.read("pitch_deg", mounting.pitch_deg, -30, 89);
    section.read("fov_vertical_deg", mounting.fov_vertical_deg, 1, 150);
    const bool any = table.contains("height_m") || table.contains("pitch_deg") || table.contains("fov_vertical_deg");
    if (!any) return;
    for (const char* key : {"height_m", "pitch_deg", "fov_vertical_deg"})
      if (!table.contains(key))
        return report(table, fmt::format("[camera] lacks the key '{}': the three go together", key));
    camera.mounting = mounting;
  }

  void check_calibration(const toml::table& table, const Camera& camera) {
    const bool points = table.contains("image_points") || table.contains("ground_points");
    if (points && camera.mounting)
      return report(table, "[camera] is calibrated twice: by points or by height_m, pitch_deg and fov_vertical_deg");
    if (!points) return;
    if (camera.image_points.size() != camera.ground_points.size() || camera.image_points.size() < 4 ||
        camera.image_points.size() > kCalibrationPointsMax)
      return report(table, fmt::format("[camera] needs 4 to {} image_points and as many ground_points, not {} and {}",
                                       kCalibrationPointsMax, camera.image_points.size(), camera.ground_points.size()));
    check_coordinates(table, "image_points", camera.image_points, camera.units);
    const auto plane = GroundPlane::from_points(camera.image_points, camera.ground_points);
    if (!plane) report(*table.get("image_points"), plane.error().message);
  }

  void zone(const toml::table& table) {
    Zone zone;
    Pairs points;
    Section section(&table, "[zone]", file_, problem_);
    read_name(section, table, zone.name, Names::kInExpressions);
    section.read_pairs("points", points, true);
    section.read("units", zone.units, kUnitWords);
    section.read("anchor", zone.anchor, kAnchorWords);
    read_classes(section, table, zone.classes);
    read_duration(section, table, "grace", zone.grace);
    read_duration(section, table, "baseline", zone.baseline);
    section.finish();
    zone.points = points_of(points);
    if (problem_) return;
    check_coordinates(table, "points", zone.points, zone.units);
    if (zone.points.size() > kCornersMax)
      report(*table.get("points"), fmt::format("points: more than {} corners", kCornersMax));
    else if (!is_simple(zone.points))
      report(
          *table.get("points"),
          fmt::format(
              "zone '{}' is no area: it needs at least 3 corners, and its edges may not cross (go around it in order)",
              zone.name));
    if (zone.baseline.count() != 0 && zone.baseline < std::chrono::seconds(10))
      report(*table.get("baseline"), "baseline must be 10 s or more");
    made_.scene.zones.push_back(std::move(zone));
  }

  void line(const toml::table& table) {
    Line line;
    Pairs points;
    Section section(&table, "[line]", file_, problem_);
    read_name(section, table, line.name, Names::kInExpressions);
    section.read_pairs("points", points, true);
    section.read("units", line.units, kUnitWords);
    section.read("anchor", line.anchor, kAnchorWords);
    section.read("direction", line.direction,
                 {{"forward", Direction::kForward}, {"backward", Direction::kBackward}, {"both", Direction::kBoth}});
    section.read("band_px", line.band_px, 0, 10000);
    read_classes(section, table, line.classes);
    section.finish();
    if (problem_) return;
    const std::vector<Point> ends = points_of(points);
    check_coordinates(table, "points", ends, line.units);
    if (ends.size() != 2 || (ends[0].x == ends[1].x && ends[0].y == ends[1].y))
      return report(*table.get("points"), fmt::format("line '{}' needs two different points", line.name));
    line.from = ends[0];
    line.to = ends[1];
    made_.scene.lines.push_back(std::move(line));
  }

  void rule(const toml::table& table) {
    RuleSpec rule;
    Section section(&table, "[rule]", file_, problem_);
    read_name(section, table, rule.name, Names::kOfRules);
    std::string when;
    section.read("when", when, true);
    section.read("description", rule.description);
    read_text(section, table, "hold", rule.hold, parse_hold);
    read_text(section, table, "release", rule.release, parse_hold);
    read_duration(section, table, "on_time_min", rule.on_time_min);
    section.read("priority", rule.priority, 0, 1000);
    section.read_list<std::string>("do", rule.actuators, "names of actuators");
    section.finish();
    if (problem_) return;
    rule.when = SourceText::of(*table.get("when"), document_, file_);
    for (const std::string& actuator : rule.actuators)
      if (actuators_ && std::ranges::find(*actuators_, actuator) == actuators_->end())
        report(*table.get("do"), fmt::format("unknown actuator '{}'; known are: {}", actuator,
                                             actuators_->empty() ? "none (write an [[actuator]])"
                                                                 : fmt::format("{}", fmt::join(*actuators_, ", "))));
    made_.rules.push_back(std::move(rule));
  }

  const toml::table& root_;
  std::string_view document_;
  const std::string& file_;
  const Vocabulary& vocabulary_;
  const std::optional<std::vector<std::string>>& actuators_;
  std::vector<std::string> place_names_, rule_names_;
  std::optional<base::Error> problem_;
  RulesFile made_;
};

}  // namespace

base::Result<RulesFile> read_rules_file(const toml::table& root, std::string_view document, const std::string& file,
                                        const Vocabulary& vocabulary,
                                        const std::optional<std::vector<std::string>>& actuators) {
  return Reader(root, document, file, vocabulary, actuators).read();
}

base::Status check_sections(const toml::table& root, const std::string& file) {
  for (const auto& [key, node] : root)
    if (std::ranges::find(kSections, key.str()) == std::end(kSections))
      return fail(ErrorKind::kInvalid, "{}:{}: unknown section '{}'; known are: {}", file, node.source().begin.line,
                  key.str(), fmt::join(kSections, ", "));
  return {};
}

std::vector<std::string> actuator_names(const toml::table& root) {
  std::vector<std::string> names;
  if (const toml::array* actuators = root["actuator"].as_array())
    for (const toml::node& actuator : *actuators)
      if (const toml::table* table = actuator.as_table())
        if (const auto name = (*table)["name"].value<std::string>()) names.push_back(*name);
  return names;
}

Vocabulary vocabulary_of(const toml::table& root, std::vector<std::string> labels) {
  Vocabulary vocabulary{.classes = std::move(labels), .numbers = frame_numbers()};
  if (!root.contains("second_opinion"))
    for (const FrameNumber number : {FrameNumber::kDisagreement, FrameNumber::kDisagreementAgeMs})
      vocabulary.unmeasured.push_back(
          {vocabulary.numbers[static_cast<std::size_t>(number)], "another model: name it in [second_opinion]"});
  return vocabulary;
}

base::Result<Rules> load_rules(std::string_view document, const std::string& file, const Vocabulary& vocabulary) {
  const toml::table root = TRY(base::parse_toml(document, file));
  TRY(check_sections(root, file));
  RulesFile read = TRY(read_rules_file(root, document, file, vocabulary, actuator_names(root)));
  return Rules::create(std::move(read.scene), std::move(read.rules), vocabulary);
}

}  // namespace hedge::rules
