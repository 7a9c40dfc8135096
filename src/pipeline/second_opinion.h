// A second model looks at some of the frames, after they were acted on, and says how far it disagrees with the first:
// on a thread that runs only where a core would be idle, so that no frame waits for it (caches and memory are shared,
// though). Files that are read frame by frame ask at once instead, so that the same file gives the same numbers.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "pipeline/network.h"

namespace hedge::pipeline {

struct SecondOpinionOptions {
  std::chrono::nanoseconds interval{1'000'000'000};  ///< of the frames' time
  bool at_once = false;                              ///< consider() waits for the answer
  std::function<void(const std::string&)> log;       ///< one line when the model fails; from its thread
};

struct SecondOpinionStats {
  std::int64_t asked = 0;    ///< frames
  std::int64_t skipped = 0;  ///< frames whose turn came while the model was still busy
};

class SecondOpinion {
 public:
  /// `first`: the card whose predictions it is compared with. kInvalid where the two have another task or no label in
  /// common.
  static base::Result<std::unique_ptr<SecondOpinion>> create(Network network, const Card& first,
                                                             SecondOpinionOptions options);
  ~SecondOpinion();

  /// A frame and what the first model says of it. Frames before their turn are passed over. From the frame's thread,
  /// which neither allocates nor, unless at_once, waits: a frame that comes while the model is busy is skipped.
  void consider(const media::Frame& frame, const Prediction& prediction);

  struct Answer {
    double disagreement = std::numeric_limits<double>::quiet_NaN();  ///< DisagreementMeter; NaN: the model failed
    std::optional<std::chrono::nanoseconds> time = {};  ///< Frame::time of the frame that it is about; none yet
  };
  Answer newest();  ///< from the frame's thread
  SecondOpinionStats stats() const;

 private:
  struct Impl;
  explicit SecondOpinion(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hedge::pipeline
