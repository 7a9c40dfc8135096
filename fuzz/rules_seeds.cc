// Writes the seeds of fuzz/rules: a pipeline file with every key, expressions with every word, recorded tracks.
#include <cstdio>
#include <filesystem>

#include "base/file.h"

namespace hedge {
namespace {

constexpr const char* kPipeline = R"toml([camera]
window = "400 ms"
size_from = "area"
units = "fraction"
image_points = [[0.2, 0.9], [0.8, 0.9], [0.6, 0.6], [0.4, 0.6]]
ground_points = [[-1, 3], [1, 3], [1, 9], [-1, 9]]
origin = [[0, 1]]
distance_max_m = 40
[[zone]]
name = "dock"
points = [[0, 0], [0.5, 0], [0.5, 1]]
units = "fraction"
anchor = "center"
classes = ["person"]
grace = "200 ms"
baseline = "10 s"
[[line]]
name = "gate"
points = [[0, 0], [100, 400]]
direction = "forward"
band_px = 3
[[actuator]]
name = "lamp"
[[rule]]
name = "r"
when = """any(person and ttc < 1.5 s
  and in dock)"""
hold = "2 of 3"
release = "500 ms"
on_time_min = "1 s"
priority = 3
do = ["lamp"]
[[rule]]
name = "s"
when = "any(class == \"car\" and speed > 30 km/h)"
)toml";
constexpr const char* kMounted = "[camera]\nheight_m = 1.5\npitch_deg = 4\nfov_vertical_deg = 40\nwindow = '1 s'\n";
constexpr const char* kExpressions[] = {
    "any(person and ttc - 2 * ttc_sigma < 1.5 s and in dock)",
    "count(crossed gate or 'traffic light') >= 2 and not latency_ms > 50",
    "min(ttc_ground where known(ttc_ground) and visible) < 200 ms or max(closing, speed) > 3 m/s",
    "all(dwell(dock) < 1 min where class != car) and unusual(dock) > 3 and occupancy(dock) > 50 %",
    "crossings(gate, 60 s) > 3 or forward(gate) - backward(gate) == 0",
    "any(abs(x - frame_width / 2) < 100 px and -(distance) < -5e-1 m) and true or false",
};
constexpr const char* kTracks =
    R"({"frame":0,"t_capture_us":1,"latency_us":900,"width":640,"height":480,"numbers":{"fps":30},)"
    R"("tracks":[{"track":1,"class":0,"label":"person","score":0.9,"box":[1,2,3,4],)"
    R"("velocity":[1,0,0,0],"visible":true,)"
    R"("confirmed":true,"hits":3,"first_seen_us":0,"last_seen_us":1}]})"
    "\n{\"t_capture_us\":2,\"detections\":[{\"class\":0,\"box\":[1,2,3,4],\"track\":1}]}\n";

base::Status write_seeds(const std::filesystem::path& corpus) {
  std::filesystem::create_directories(corpus);
  TRY(base::write_file(corpus / "pipeline.toml", std::string_view(kPipeline)));
  TRY(base::write_file(corpus / "mounted.toml", std::string_view(kMounted)));
  TRY(base::write_file(corpus / "tracks.jsonl", std::string_view(kTracks)));
  for (std::size_t k = 0; k < std::size(kExpressions); ++k)
    TRY(base::write_file(corpus / fmt::format("expression_{}", k), std::string_view(kExpressions[k])));
  return {};
}

}  // namespace
}  // namespace hedge

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_rules_seeds DIRECTORY\n");
    return 2;
  }
  const auto status = hedge::write_seeds(argv[1]);
  if (!status) std::fprintf(stderr, "fuzz_rules_seeds: %s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
