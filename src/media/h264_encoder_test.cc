// The live encoder and the .mp4 writer: every frame comes out with its own time, key frames come by time, and the file
// plays.
#include "media/h264_encoder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "media/mp4_writer.h"
#include "media/source.h"

namespace hedge::media {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

struct Unit {
  std::vector<std::byte> bytes;
  nanoseconds time;
  bool key;
};

Frame grey(int number, int width, int height, int stride) {
  auto pixels = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(stride) * height,
                                                            static_cast<std::uint8_t>(16 + 8 * (number % 28)));
  return {.pixels = pixels->data(), .width = width, .height = height, .stride = stride, .owner = pixels};
}

/// Encodes frames at these times; `each` is called before each.
std::vector<Unit> encode(const std::vector<nanoseconds>& times, int width = 64, int height = 48, int stride = 192,
                         const std::function<void(H264Encoder&, std::size_t)>& each = {}) {
  std::vector<Unit> units;
  auto encoder = H264Encoder::create({.width = width,
                                      .height = height,
                                      .key_interval = 1s,
                                      .element = choose_h264_encoder("auto").value(),
                                      .on_unit = [&](const AccessUnit& unit) {
                                        units.push_back({{unit.bytes.begin(), unit.bytes.end()}, unit.time, unit.key});
                                      }});
  EXPECT_TRUE(encoder.has_value()) << encoder.error().message;
  for (std::size_t k = 0; k < times.size(); ++k) {
    if (each) each(*encoder, k);
    const auto pushed = encoder->push(grey(static_cast<int>(k), width, height, stride), times[k]);
    EXPECT_TRUE(pushed.has_value()) << pushed.error().message;
  }
  const auto finished = encoder->finish();
  EXPECT_TRUE(finished.has_value()) << finished.error().message;
  return units;
}

std::vector<nanoseconds> regular(int count, nanoseconds step) {
  std::vector<nanoseconds> times;
  for (int k = 0; k < count; ++k) times.push_back(100h + k * step);
  return times;
}

TEST(H264Encoder, EveryFrameComesOutWithItsTimeAndKeyFramesComeByTime) {
  for (const nanoseconds step : {100ms, 33ms, 400ms}) {
    const auto times = regular(60, step);
    const auto units = encode(times);
    ASSERT_EQ(units.size(), times.size());
    nanoseconds key = units[0].time;
    for (std::size_t k = 0; k < units.size(); ++k) {
      EXPECT_EQ(units[k].time, times[k]) << k;
      if (units[k].key) key = units[k].time;
      EXPECT_LT(units[k].time - key, 1s) << k;
    }
    EXPECT_TRUE(units[0].key);
    EXPECT_LE(std::ranges::count_if(units, &Unit::key), (times.back() - times[0]) / 1s + 1);
  }
}

TEST(H264Encoder, AFrameComesOutBeforeTheNextOneGoesIn) {
  std::atomic<int> out{0};
  auto encoder = H264Encoder::create(
      {.width = 64, .height = 48, .element = choose_h264_encoder("auto").value(), .on_unit = [&](const AccessUnit&) {
         ++out;
         out.notify_one();
       }});
  ASSERT_TRUE(encoder.has_value());
  for (int k = 0; k < 20; ++k) {
    ASSERT_TRUE(encoder->push(grey(k, 64, 48, 192), k * 40ms).has_value());
    out.wait(k);  // a frame that is held back hangs here, until the test's time is over
  }
  EXPECT_EQ(out, 20);
}

class Mp4WriterTest : public testing::Test {
 protected:
  Mp4WriterTest() : path_(fs::temp_directory_path() / ("hedge-mp4-" + std::to_string(::getpid()) + ".mp4")) {}
  ~Mp4WriterTest() override { fs::remove(path_); }

  base::Status write(const std::vector<Unit>& units) const {
    auto writer = TRY(Mp4Writer::create(path_));
    for (const Unit& unit : units) TRY(writer.write({.bytes = unit.bytes, .time = unit.time, .key = unit.key}));
    return writer.finish();
  }

  fs::path path_;
};

TEST_F(Mp4WriterTest, EveryPicturePlaysAtItsTime) {
  std::vector<nanoseconds> times;
  for (int k = 0; k < 50; ++k) times.push_back(77h + k * 40ms + (k % 3) * 7ms + (k > 20 ? 5s : 0s));  // uneven, a gap
  const auto written = write(encode(times));
  ASSERT_TRUE(written.has_value()) << written.error().message;
  auto source = open_source(path_.string());
  ASSERT_TRUE(source.has_value()) << source.error().message;
  std::size_t count = 0;
  while (const auto frame = (*source)->next().value()) {
    ASSERT_LT(count, times.size());
    EXPECT_NEAR(static_cast<double>((frame->stream_time - (times[count] - times[0])).count()), 0, 20000) << count;
    EXPECT_NEAR(frame->pixels[0], 16 + 8 * (static_cast<int>(count) % 28), 4) << count;
    ++count;
  }
  EXPECT_EQ(count, times.size());
}

}  // namespace
}  // namespace hedge::media
