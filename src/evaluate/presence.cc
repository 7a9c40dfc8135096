#include "evaluate/presence.h"

#include <algorithm>

namespace hedge::evaluate {
namespace {

class PresenceDataset final : public Dataset {
 public:
  PresenceDataset(std::unique_ptr<Dataset> boxes, const Presence& presence)
      : boxes_(std::move(boxes)), presence_(presence) {}

  std::int64_t count() const override { return boxes_->count(); }
  TruthKind truth() const override { return TruthKind::kClass; }
  base::Result<Sample> sample(std::int64_t index) const override {
    Sample sample = TRY(boxes_->sample(index));
    const auto& frame = std::get<media::Frame>(sample.data);  // what has boxes is a picture
    const double least = presence_.share_min * frame.width * frame.height;
    const bool there = std::ranges::any_of(sample.boxes, [&](const TrueBox& truth) {
      return truth.class_id == presence_.class_id && truth.box.width * truth.box.height >= least;
    });
    sample.class_id = there ? 1 : 0;
    sample.boxes.clear();
    return sample;
  }

 private:
  std::unique_ptr<Dataset> boxes_;
  Presence presence_;
};

}  // namespace

base::Result<std::unique_ptr<Dataset>> make_presence(std::unique_ptr<Dataset> boxes, const Presence& presence) {
  if (boxes->truth() != TruthKind::kBoxes)
    return base::fail(base::ErrorKind::kUsage, "presence is derived from boxes; the dataset has none");
  return std::make_unique<PresenceDataset>(std::move(boxes), presence);
}

}  // namespace hedge::evaluate
