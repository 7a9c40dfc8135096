// The quantities that expressions read: of the frame and of each track. Each one that some rule asks for gets a column
// in a table that is filled once a frame; nothing else is computed.
#pragma once

#include <string>
#include <vector>

#include "rules/scene.h"
#include "rules/syntax.h"

namespace hedge::rules {

enum class Quantity : std::uint8_t {
  // Of a track.
  kClass,
  kScore,
  kAge,
  kUnseen,
  kVisible,
  kX,
  kY,
  kWidth,
  kHeight,
  kSpeedPx,
  kTtc,
  kTtcSigma,
  kTtcGround,
  kSpeed,
  kClosing,
  kDistance,
  kIn,
  kDwell,    ///< of a zone
  kCrossed,  ///< of a line
  // Of the frame.
  kNumber,  ///< what the caller measured: Vocabulary::numbers
  kTracks,
  kTracksIgnored,
  kFrameWidth,
  kFrameHeight,
  kOccupancy,
  kUnusual,  ///< of a zone
  kCrossings,
  kForward,
  kBackward,  ///< of a line
};

/// The names that an expression may use besides those of its scene.
struct Vocabulary {
  std::vector<std::string> classes;  ///< by class number
  std::vector<std::string> numbers;  ///< plain numbers of the frame, in the order of Frame::numbers
  /// Of the numbers, those that nobody measures here, and what would: using one is an error that says so.
  struct Unmeasured {
    std::string name, needs;
  };
  std::vector<Unmeasured> unmeasured = {};
};

/// What `hedge run` measures of every frame, in the order of frame_numbers().
enum class FrameNumber : std::uint8_t {
  kLatencyMs,  ///< capture to actuation of the frame before
  kFps,
  kDropped,            ///< frames, since the start
  kMisses,             ///< deadlines, since the start
  kThermalC,           ///< of the hottest zone; known with [safety] only
  kScoreMean,          ///< of the frame's detections
  kBrightness,         ///< mean of the frame's pixels, 0 to 255
  kAudit,              ///< 1 where the random audit chose the frame, else 0
  kDisagreement,       ///< 0 to 1: of the second model with the first, in the newest frame that it was asked about
  kDisagreementAgeMs,  ///< since that frame was taken
  kTrackDisagreement,  ///< 0 to 1: of the detector with the tracker, in this frame
};
/// Their names in expressions: latency_ms, fps, ...
const std::vector<std::string>& frame_numbers();

struct Term {
  Quantity quantity;
  int index = 0;                       ///< of the zone, the line, or the caller's number
  std::chrono::nanoseconds window{0};  ///< kCrossings: how far back; 0: since the start
  std::string text;                    ///< as in an expression: "dwell(dock)"
  Type type;
  bool of_track = false;
  int column = -1;  ///< among the terms of tracks, or among those of the frame
};

/// The terms of all rules, each once.
class Terms {
 public:
  /// The index of the term, a new one where it is not there yet. `column` is set here.
  int intern(Term term);
  const Term& operator[](int index) const { return terms_[static_cast<std::size_t>(index)]; }
  const std::vector<Term>& all() const { return terms_; }
  int track_columns() const { return track_columns_; }
  int frame_columns() const { return frame_columns_; }

 private:
  std::vector<Term> terms_;
  int track_columns_ = 0, frame_columns_ = 0;
};

}  // namespace hedge::rules
