// Tracks by chance, true ones and an output that errs in all ways: misses, false alarms, numbers that change, swap and
// come back, things that leave and return, distractors, frames without truth. The same on every machine for one seed.
#pragma once

#include <map>
#include <string>

#include <fmt/format.h>

#include "evaluate/mot_file.h"
#include "evaluate/random_boxes.h"

namespace hedge::test {

struct RandomTracks {
  std::vector<evaluate::TrackBox> truth, output;
};

inline RandomTracks random_tracks(std::uint32_t seed) {
  Dice dice(seed);
  // Sixteenths of a pixel: many of them, since motmetrics leaves open which of two equally near ways it takes.
  const auto fine = [&](int pixels) { return dice.below(pixels * 16) / 16.0; };
  struct Thing {
    evaluate::Rectangle box;
    double dx, dy;
    int number;  ///< in the output
  };
  std::vector<Thing> things(static_cast<std::size_t>(1 + dice.below(14)));
  int next = 1;
  for (Thing& thing : things)
    thing = {{fine(500), fine(300), 20 + fine(60), 30 + fine(90)}, fine(9) - 4, fine(5) - 2, next++};
  RandomTracks tracks;
  const int frames = 1 + dice.below(80);
  for (int frame = 1; frame <= frames; ++frame) {
    const bool labelled = !dice.one_in(7);
    const auto any = [&]() -> Thing& {
      return things[static_cast<std::size_t>(dice.below(static_cast<int>(things.size())))];
    };
    if (dice.one_in(4)) std::swap(any().number, any().number);
    for (std::size_t k = 0; k < things.size(); ++k) {
      Thing& thing = things[k];
      thing.box.x += thing.dx;
      thing.box.y += thing.dy;
      if (dice.one_in(25)) thing.number = next++;
      const bool away = (frame / 20 + static_cast<int>(k)) % 4 == 0;
      if (away) continue;
      const bool distractor = k % 5 == 4, unjudged = dice.one_in(20);
      if (labelled)
        tracks.truth.push_back({.frame = frame,
                                .id = static_cast<int>(k) * 3 + 5,
                                .box = thing.box,
                                .confidence = distractor || unjudged ? 0.0 : 1.0,
                                .class_id = distractor ? 8 : 1});
      if (dice.one_in(8)) continue;  // missed
      evaluate::Rectangle seen = thing.box;
      const double blur = dice.one_in(6) ? 4 : 1;
      seen.x += (fine(8) - 4) * blur;
      seen.y += (fine(8) - 4) * blur;
      seen.width += fine(6);
      seen.height += fine(6);
      tracks.output.push_back({.frame = frame, .id = thing.number, .box = seen, .confidence = 0.5});
    }
    if (dice.one_in(3))
      tracks.output.push_back({.frame = frame,
                               .id = next++,
                               .box = {fine(500), fine(300), 20 + fine(60), 30 + fine(90)},
                               .confidence = 0.3});
  }
  tracks.truth.push_back({.frame = 1, .id = 1, .box = {900, 10, 20, 40}, .class_id = 1});  // at least one that counts
  return tracks;
}

inline std::string to_mot(const std::vector<evaluate::TrackBox>& boxes) {
  std::string text;
  for (const evaluate::TrackBox& box : boxes)
    text += fmt::format("{},{},{},{},{},{},{},{},1\n", box.frame, box.id, box.box.x, box.box.y, box.box.width,
                        box.box.height, box.confidence, box.class_id);
  return text;
}

}  // namespace hedge::test
