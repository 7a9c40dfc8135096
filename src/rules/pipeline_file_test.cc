#include "rules/pipeline_file.h"

#include "base/file.h"
#include "rules/street.h"

namespace hedge::rules {
namespace {

constexpr const char* kZone = "[[zone]]\nname = \"z\"\npoints = [[0, 0], [9, 0], [9, 9]]\n";

TEST(PipelineFile, ReadsWhatItSays) {
  const Rules rules = street_with(
      "[[actuator]]\nname = \"brake_udp\"\nkind = \"udp\"\n[[rule]]\nname = \"brake\"\nwhen = \"any(person and ttc < "
      "1.5 s)\"\n"
      "hold = \"2 of 3\"\nrelease = \"500 ms\"\non_time_min = \"1 s\"\npriority = 7\ndo = [\"brake_udp\"]\ndescription "
      "= \"d\"\n");
  const Scene& scene = rules.scene();
  ASSERT_TRUE(scene.camera.mounting);
  EXPECT_EQ(scene.camera.mounting->pitch_deg, 5);
  ASSERT_EQ(scene.zones.size(), 2u);
  EXPECT_EQ(scene.zones[0].units, Units::kFraction);
  EXPECT_EQ(scene.zones[1].grace, std::chrono::milliseconds(500));
  EXPECT_EQ(scene.zones[1].classes, std::vector<int>{0});
  EXPECT_EQ(scene.lines[0].to.y, 720);
  const RuleSpec& spec = rules.rules()[0].spec;
  EXPECT_EQ(spec.hold.needed, 2);
  EXPECT_EQ(spec.release.duration, std::chrono::milliseconds(500));
  EXPECT_EQ(spec.on_time_min, std::chrono::seconds(1));
  EXPECT_EQ(spec.priority, 7);
  EXPECT_EQ(spec.actuators, std::vector<std::string>{"brake_udp"});
}

struct Row {
  std::string text;
  const char* message;
};
const Row kRows[] = {
    {"[zones]\n", "p.toml:1: unknown section 'zones'; known are: pipeline, track, camera, zone, line, rule"},
    {"[zone]\nname = 'z'\n", "p.toml:1: zone must be written [[zone]]"},
    {"[[camera]]\n", "p.toml:1: camera must be written [camera]"},
    {"[[zone]]\nname = 'z'\n", "p.toml:1: [[zone]] lacks the key 'points'"},
    {std::string(kZone) + "color = 'red'\n", "p.toml:4: unknown key 'color' in [[zone]]; known are: anchor, baseline"},
    {std::string(kZone) + "units = 'percent'\n", "p.toml:4: units must be one of: fraction, pixels"},
    {std::string(kZone) + "units = 'fraction'\n", "p.toml:3: points hold (9, 0): fractions of the frame are -1 to 2"},
    {std::string(kZone) + "grace = '5'\n",
     "p.toml:4:10: expected a duration such as \"1.5 s\" or \"200 ms\", found \"5\""},
    {std::string(kZone) + "grace = 5\n", "p.toml:4: grace must be a string"},
    {std::string(kZone) + "baseline = '5 s'\n", "p.toml:4: baseline must be 10 s or more"},
    {std::string(kZone) + "classes = ['dog']\n",
     "p.toml:4: unknown class 'dog'; known are: person, car, traffic light"},
    {std::string(kZone) + kZone, "p.toml:5: the name 'z' is there twice"},
    {"[[zone]]\nname = 'person'\npoints = [[0,0],[1,0],[1,1]]\n", "p.toml:2: 'person' cannot be a name: it is a class"},
    {"[[zone]]\nname = 'speed'\npoints = [[0,0],[1,0],[1,1]]\n", "p.toml:2: 'speed' cannot be a name: this is a word"},
    {"[[zone]]\nname = 'a b'\npoints = [[0,0],[1,0],[1,1]]\n", "p.toml:2: 'a b' cannot be a name: a name is a letter"},
    {"[[zone]]\nname = 'z'\npoints = [[0,0],[1,1],[1,0],[0,1]]\n", "p.toml:3: zone 'z' is no area"},
    {"[[zone]]\nname = 'z'\npoints = [[0,0],[1,1],[1]]\n", "p.toml:3: points must be a list of pairs"},
    {"[[zone]]\nname = 'z'\npoints = [[0,0],[1,1],[1,nan]]\n", "p.toml:3: points must be a list of pairs"},
    {"[[line]]\nname = 'l'\npoints = [[0,0]]\n", "p.toml:3: line 'l' needs two different points"},
    {"[[line]]\nname = 'l'\npoints = [[0,0],[1,1]]\ndirection = 'up'\n",
     "p.toml:4: direction must be one of: backward, both, forward"},
    {"[camera]\nheight_m = 1\n", "p.toml:1: [camera] lacks the key 'pitch_deg': the three go together"},
    {"[camera]\nheight_m = -1\n", "p.toml:2: height_m must be 0.05 to 1000"},
    {"[camera]\nwindow = '1 ms'\n", "p.toml:2: window must be 50 ms to 10 s"},
    {"[camera]\nimage_points = [[0,0]]\nground_points = [[0,0]]\n", "p.toml:1: [camera] needs 4 to 64 image_points"},
    {"[camera]\nimage_points = [[0,0],[1,1],[2,2],[3,3]]\nground_points = [[0,0],[1,0],[1,1],[0,1]]\n",
     "p.toml:2: these points fix no ground plane"},
    {"[camera]\nheight_m = 1\npitch_deg = 1\nfov_vertical_deg = 40\nimage_points = [[0,0]]\n",
     "p.toml:1: [camera] is calibrated twice"},
    {"[[rule]]\nname = 'r'\n", "p.toml:1: [[rule]] lacks the key 'when'"},
    {"[[rule]]\nname = 'r'\nwhen = true\n", "p.toml:3: when must be a string"},
    {"[[rule]]\nname = 'r'\nwhen = 'true'\nhold = '3 of 2'\n", "p.toml:4:9: expected N of M frames"},
    {"[[rule]]\nname = 'r'\nwhen = 'true'\npriority = -1\n",
     "p.toml:4: priority must be a whole number from 0 to 1000"},
    {"[[rule]]\nname = 'r'\nwhen = 'true'\ndo = ['x']\n",
     "p.toml:4: unknown actuator 'x'; known are: none (write an [[actuator]])"},
    {"[[actuator]]\nname='y'\n[[rule]]\nname = 'r'\nwhen = 'true'\ndo = ['x']\n",
     "p.toml:6: unknown actuator 'x'; known are: y"},
    {"[[rule]]\nname = 'r'\nwhen = 'any(speed > 1 m/s)'\n", "p.toml:3:13: 'speed' is in metres: calibrate [camera]"},
    {"[[rule]]\nname = \n", "p.toml:2: "},
};

TEST(PipelineFile, ProblemsNameTheLine) {
  for (const Row& row : kRows) {
    const auto rules = load_rules(row.text, "p.toml", street_words());
    ASSERT_FALSE(rules) << row.text;
    EXPECT_EQ(rules.error().message.rfind(row.message, 0), 0u) << row.text << "\n" << rules.error().message;
    EXPECT_EQ(rules.error().message.find('\n'), std::string::npos);
  }
}

TEST(PipelineFile, EveryExampleOfItsPageIsRight) {
  const std::string page = *base::read_text_file("docs/formats/pipeline.md");
  Scene scene = street_with("").scene();
  scene.zones[1].classes.clear();
  scene.zones.push_back(scene.zones[1]);
  scene.zones.back().name = "line_end";
  scene.lines.push_back(scene.lines[0]);
  scene.lines.back().name = "exit";
  const Vocabulary words{{"person", "car", "forklift"}, frame_numbers()};
  int examples = 0;
  constexpr std::string_view kBegin = "\n    when = \"";
  for (std::size_t at = 0; (at = page.find(kBegin, at)) != std::string::npos; ++examples) {
    at += kBegin.size();
    const std::string when = page.substr(at, page.find("\"\n", at) - at);
    const auto rules =
        Rules::create(scene, {{.name = "r", .when = {.text = when, .file = "page", .places = {}}}}, words);
    EXPECT_TRUE(rules) << when << "\n" << rules.error().message;
  }
  EXPECT_EQ(examples, 8);
}

TEST(PipelineFile, ARuleMayHaveAnyWordForAName) {
  EXPECT_EQ(street_with("[[rule]]\nname = \"speed\"\nwhen = \"true\"\n").rules()[0].spec.name, "speed");
}

}  // namespace
}  // namespace hedge::rules
