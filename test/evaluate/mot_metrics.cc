// mot_metrics SEED FOLDER: random tracks as FOLDER/truth.txt and FOLDER/output.txt, and our metrics of them, read back
// from there, on standard output. against_motmetrics.py compares.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "evaluate/random_tracks.h"
#include "evaluate/track_metrics.h"

namespace hedge::test {
namespace {

base::Result<std::string> run(std::uint32_t seed, const std::filesystem::path& folder) {
  const RandomTracks tracks = random_tracks(seed);
  TRY(base::write_file(folder / "truth.txt", std::string_view(to_mot(tracks.truth))));
  TRY(base::write_file(folder / "output.txt", std::string_view(to_mot(tracks.output))));
  const auto truth = TRY(evaluate::read_mot(folder / "truth.txt"));
  const auto output = TRY(evaluate::read_mot(folder / "output.txt"));
  const evaluate::TrackMetrics metrics = TRY(evaluate::track_metrics(truth, output));
  const evaluate::TrackCounts& counts = metrics.counts;
  const nlohmann::json report = {{"mota", metrics.mota},
                                 {"motp", metrics.motp},
                                 {"idf1", metrics.idf1},
                                 {"idp", metrics.idp},
                                 {"idr", metrics.idr},
                                 {"precision", metrics.precision},
                                 {"recall", metrics.recall},
                                 {"num_objects", counts.truths},
                                 {"num_predictions", counts.outputs},
                                 {"num_unique_objects", counts.things},
                                 {"num_switches", counts.switches},
                                 {"num_fragmentations", counts.fragmentations},
                                 {"num_false_positives", counts.false_positives},
                                 {"num_misses", counts.misses},
                                 {"idtp", counts.id_true_positives}};
  return report.dump();  // NaN becomes null
}

}  // namespace
}  // namespace hedge::test

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "mot_metrics SEED FOLDER\n");
    return 2;
  }
  const auto report = hedge::test::run(static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10)), argv[2]);
  fmt::print(report ? stdout : stderr, "{}\n", report ? *report : report.error().message);
  return report ? 0 : 1;
}
