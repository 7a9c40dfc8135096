// What must be remembered from frame to frame: the past of each track, how long it is in which zone, on which side of
// which line, what is usual. Fills the table of terms. All room is taken at the start.
#pragma once

#include <optional>

#include "rules/baseline.h"
#include "rules/crossing.h"
#include "rules/crossing_count.h"
#include "rules/frame.h"
#include "rules/motion.h"
#include "rules/program.h"

namespace hedge::rules {

inline constexpr std::size_t kTracksMax = 256;
/// A track that does not come back within this is forgotten.
inline constexpr std::chrono::nanoseconds kForgetAfter{5'000'000'000};

class TrackMemory {
 public:
  /// `scene` and `terms` are borrowed.
  TrackMemory(const Scene& scene, const Terms& terms);

  /// Takes in a frame; only confirmed tracks count. The table is valid until the next call.
  const Table& observe(const Frame& frame);
  /// Of the rows of the table.
  std::span<const int> ids() const { return std::span(ids_).first(table_.track_count); }
  int ignored() const { return ignored_; }
  const Table& table() const { return table_; }  ///< of the last frame
  void clear();

 private:
  struct Stay {
    std::chrono::nanoseconds since{0}, last{0};
    bool staying = false, inside = false;
  };
  struct AtLine {
    CrossingState state;
    Crossing crossing = Crossing::kNone;
  };
  struct Slot {
    int id = 0;
    bool used = false;
    std::chrono::nanoseconds present{0};  ///< when it was last told of
    Motion motion;
    Point ground;                  ///< now
    std::vector<Stay> stays;       ///< by zone
    std::vector<AtLine> at_lines;  ///< by line
    void clear();
  };
  struct PlacedZone {
    std::vector<Point> points;  ///< pixels
    int occupancy = 0;
    std::optional<Baseline> baseline;
  };
  struct PlacedLine {
    Point from, to;  ///< pixels
    CrossingCount count;
  };

  void place(int width, int height);
  Slot* slot_of(int id, std::chrono::nanoseconds now);
  void follow(Slot& slot, const track::Track& track, const Frame& frame);
  void fill_row(std::span<double> row, const Slot& slot, const track::Track& track, const Frame& frame) const;
  void fill_frame(const Frame& frame);
  double frame_value(const Term& term, const Frame& frame) const;

  const Scene& scene_;
  const Terms& terms_;
  bool needs_motion_ = false;
  int width_ = 0, height_ = 0;
  std::optional<GroundPlane> ground_;
  std::vector<PlacedZone> zones_;
  std::vector<PlacedLine> lines_;
  std::vector<Slot> slots_;
  std::vector<int> ids_;
  std::vector<double> track_values_, frame_values_;
  Table table_;
  int ignored_ = 0;
};

}  // namespace hedge::rules
