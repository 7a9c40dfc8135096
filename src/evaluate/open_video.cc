// A video file as unlabelled samples: frames evenly over the part that is asked for, as many as memory should hold.
#include <cstring>

#include "evaluate/readers.h"
#include "media/source.h"

namespace hedge::evaluate {
namespace {

constexpr std::size_t kFramesMax = 256;

class VideoDataset final : public Dataset {
 public:
  explicit VideoDataset(std::vector<media::Frame> frames) : frames_(std::move(frames)) {}
  std::int64_t count() const override { return static_cast<std::int64_t>(frames_.size()); }
  TruthKind truth() const override { return TruthKind::kNone; }
  base::Result<Sample> sample(std::int64_t index) const override {
    const media::Frame& frame = frames_[static_cast<std::size_t>(index)];
    return Sample{.name = fmt::format("frame {}", frame.index), .data = frame};
  }

 private:
  std::vector<media::Frame> frames_;
};

/// The decoder's memory goes back to it; the copy is ours.
media::Frame copied(const media::Frame& frame) {
  media::Frame copy = frame;
  copy.stride = 3 * frame.width;
  auto pixels = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(copy.stride) *
                                                            static_cast<std::size_t>(frame.height));
  for (int row = 0; row < frame.height; ++row)
    std::memcpy(pixels->data() + static_cast<std::ptrdiff_t>(row) * copy.stride,
                frame.pixels + static_cast<std::ptrdiff_t>(row) * frame.stride, static_cast<std::size_t>(copy.stride));
  copy.pixels = pixels->data();
  copy.owner = pixels;
  return copy;
}

}  // namespace

base::Result<DatasetPtr> open_video(const std::filesystem::path& file, std::int64_t skip, std::int64_t limit) {
  const auto source = TRY(media::open_source(file.string()));
  std::vector<media::Frame> frames;
  std::int64_t step = 1;  // doubles whenever the frames are too many: they stay evenly apart
  for (std::int64_t index = 0; limit == 0 || index < skip + limit; ++index) {
    const std::optional<media::Frame> frame = TRY(source->next());
    if (!frame) break;
    if (index < skip || (index - skip) % step != 0) continue;
    if (frames.size() == kFramesMax) {
      step *= 2;
      for (std::size_t k = 0; 2 * k < frames.size(); ++k) frames[k] = frames[2 * k];
      frames.resize(frames.size() / 2);
      if ((index - skip) % step != 0) continue;
    }
    frames.push_back(copied(*frame));
  }
  if (frames.empty()) return base::fail(base::ErrorKind::kInvalid, "{}: no frame from {} on", file.string(), skip);
  return std::make_unique<VideoDataset>(std::move(frames));
}

}  // namespace hedge::evaluate
