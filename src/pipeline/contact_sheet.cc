#include "pipeline/contact_sheet.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "pipeline/write_png.h"

namespace hedge::pipeline {
namespace {

constexpr int kPictures = 12;
constexpr int kColumns = 3;
constexpr int kTileWidth = 640;  ///< pixels
constexpr int kGap = 6;          ///< pixels between tiles
const cv::Scalar kBackground(24, 24, 24);

struct Tile {
  std::int64_t position;  ///< counted in decided frames
  cv::Mat picture;
};

/// Keeps every `step`-th frame; whenever twice the wanted number is there, every other goes and the step doubles. So
/// the kept ones are evenly spaced at any time, without knowing the end.
class ContactSheet final : public Sink {
 public:
  explicit ContactSheet(std::string path) : path_(std::move(path)) {}
  bool wants_picture() const override { return true; }

  base::Status on_frame(const FrameResult& result) override {
    const std::int64_t position = result.frames - 1;
    if (position % step_ != 0) return {};
    const Picture& picture = *result.annotated;
    const cv::Mat full(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.bytes.data()));
    const double scale = std::min(1.0, static_cast<double>(kTileWidth) / picture.width);
    cv::Mat small;
    cv::resize(full, small, {}, scale, scale, cv::INTER_AREA);
    const std::string caption =
        result.frame.name.empty() ? fmt::format("frame {}", result.frame.index) : result.frame.name;
    cv::putText(small, caption, {6, small.rows - 8}, cv::FONT_HERSHEY_SIMPLEX, 0.5, {0, 0, 0}, 3, cv::LINE_AA);
    cv::putText(small, caption, {6, small.rows - 8}, cv::FONT_HERSHEY_SIMPLEX, 0.5, {255, 255, 255}, 1, cv::LINE_AA);
    tiles_.push_back({position, small});
    if (tiles_.size() >= 2 * kPictures) {
      step_ *= 2;
      std::erase_if(tiles_, [this](const Tile& tile) { return tile.position % step_ != 0; });
    }
    return {};
  }

  base::Status finish() override {
    if (tiles_.empty()) return {};
    const auto chosen_count = std::min<std::size_t>(kPictures, tiles_.size());
    std::vector<const cv::Mat*> chosen;
    for (std::size_t k = 0; k < chosen_count; ++k) chosen.push_back(&tiles_[k * tiles_.size() / chosen_count].picture);
    const int columns = std::min<int>(kColumns, static_cast<int>(chosen.size()));
    const int rows = (static_cast<int>(chosen.size()) + columns - 1) / columns;
    int tile_w = 0, tile_h = 0;
    for (const cv::Mat* tile : chosen) {
      tile_w = std::max(tile_w, tile->cols);
      tile_h = std::max(tile_h, tile->rows);
    }
    cv::Mat sheet(rows * (tile_h + kGap) + kGap, columns * (tile_w + kGap) + kGap, CV_8UC3, kBackground);
    for (int k = 0; k < static_cast<int>(chosen.size()); ++k) {
      const cv::Mat& tile = *chosen[k];
      const cv::Rect place(kGap + k % columns * (tile_w + kGap) + (tile_w - tile.cols) / 2,
                           kGap + k / columns * (tile_h + kGap) + (tile_h - tile.rows) / 2, tile.cols, tile.rows);
      tile.copyTo(sheet(place));
    }
    return write_png(path_, sheet);
  }

 private:
  std::string path_;
  std::int64_t step_ = 1;
  std::vector<Tile> tiles_;
};

}  // namespace

std::unique_ptr<Sink> create_contact_sheet_sink(const std::string& path) {
  return std::make_unique<ContactSheet>(path);
}

}  // namespace hedge::pipeline
