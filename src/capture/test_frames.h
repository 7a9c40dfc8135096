// Frames for tests of recording: each is of one grey that tells its number, so that a decoded video can be read back.
#pragma once

#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <vector>

#include "capture/config.h"
#include "media/source.h"

namespace hedge::capture {

inline constexpr int kGreys = 28;  ///< numbers that can be told apart

inline media::Frame grey_frame(std::int64_t number, int width = 64, int height = 48) {
  const auto grey = static_cast<std::uint8_t>(16 + 8 * (number % kGreys));
  auto pixels = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(width * height * 3), grey);
  return {.pixels = pixels->data(),
          .width = width,
          .height = height,
          .stride = 3 * width,
          .index = number,
          .captured = media::Clock::now(),
          .owner = pixels};
}

struct DecodedPicture {
  std::chrono::nanoseconds time;  ///< in the file
  std::int64_t number;            ///< of grey_frame(), modulo kGreys
  int width, height;
};

inline base::Result<std::vector<DecodedPicture>> decode_video(const std::filesystem::path& path) {
  const auto source = TRY(media::open_source(path.string()));
  std::vector<DecodedPicture> pictures;
  while (const auto frame = TRY(source->next())) {
    const std::uint8_t middle = frame->pixels[frame->height / 2 * frame->stride + frame->width / 2 * 3];
    pictures.push_back({frame->stream_time, std::lround((middle - 16) / 8.0), frame->width, frame->height});
  }
  return pictures;
}

inline TriggerConfig trigger_config(const std::string& name, std::chrono::nanoseconds pre,
                                    std::chrono::nanoseconds post, int priority = 5) {
  return {.name = name,
          .when = name + " > 0",
          .pre = pre,
          .post = post,
          .interval_min = std::chrono::nanoseconds(0),
          .priority = priority,
          .per_hour_max = 3600};
}

}  // namespace hedge::capture
