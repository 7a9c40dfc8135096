// Records two events of test frames into the spool that it is given: the input of events_test.py.
#include <cstdio>

#include "capture/recorder.h"
#include "capture/test_frames.h"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  namespace capture = hedge::capture;
  if (argc != 2) return 2;
  auto recorder = capture::Recorder::create(
      {.config = {.spool = argv[1],
                  .triggers = {capture::trigger_config("near_miss", 1s, 1s, 9),
                               capture::trigger_config("odd", 1s, 1s)}},
       .provenance = {.model = "person.hedge", .software = "record_events", .source = "test frames"},
       .every_frame = true});
  if (!recorder) {
    std::fprintf(stderr, "%s\n", recorder.error().message.c_str());
    return 1;
  }
  const capture::SeenTrack track{.id = 7, .label = "person", .score = 0.5f, .x = 8, .y = 8, .width = 20, .height = 30};
  const capture::SeenNumber number{.name = "ttc_s", .value = 0.75, .track = 7};
  for (std::int64_t k = 0; k < 100; ++k) {
    const bool on[2] = {k == 30, k == 70};
    (*recorder)->on_frame(capture::grey_frame(k), k * 100ms, on, {&track, 1}, {&number, 1});
  }
  return (*recorder)->finish() ? 0 : 1;
}
