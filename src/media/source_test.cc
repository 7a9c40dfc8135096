// Every kind of source that a machine without a camera can have: files, images, launch strings that behave as cameras
// do when they stall or are unplugged.
#include "media/source.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include <opencv2/imgcodecs.hpp>

#include "media/video_writer.h"

namespace hedge::media {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using base::ErrorKind;

class SourceTest : public testing::Test {
 protected:
  SourceTest() : directory_(fs::temp_directory_path() / fs::path("hedge-source-" + std::to_string(::getpid()))) {
    fs::create_directories(directory_);
  }
  ~SourceTest() override { fs::remove_all(directory_); }

  std::string path(const std::string& name) const { return (directory_ / name).string(); }
  void write_text(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  /// A video of `frames` frames at 10 per second.
  std::string video(int frames) const {
    auto writer = VideoWriter::create(path("v.mp4"), 64, 48, 10);
    EXPECT_TRUE(writer.has_value()) << writer.error().message;
    std::vector<std::uint8_t> pixels(64 * 48 * 3);
    for (int k = 0; k < frames; ++k) {
      std::fill(pixels.begin(), pixels.end(), static_cast<std::uint8_t>(20 * k));
      EXPECT_TRUE(writer->write(pixels.data(), 64 * 3).has_value());
    }
    EXPECT_TRUE(writer->finish().has_value());
    return path("v.mp4");
  }

 private:
  fs::path directory_;
};

base::Error failure(const std::string& uri, const SourceOptions& options = {}) {
  const auto source = open_source(uri, options);
  EXPECT_FALSE(source.has_value()) << uri;
  if (source) return {};
  EXPECT_EQ(source.error().message.find('\n'), std::string::npos) << source.error().message;
  return source.error();
}

int count(Source& source) {
  int frames = 0;
  while (true) {
    const auto frame = source.next();
    EXPECT_TRUE(frame.has_value()) << frame.error().message;
    if (!frame || !*frame) return frames;
    EXPECT_EQ((*frame)->index, frames++);
  }
}

TEST_F(SourceTest, AFileDeliversEveryFrame) {
  auto source = open_source(video(12));
  ASSERT_TRUE(source.has_value()) << source.error().message;
  EXPECT_EQ(count(**source), 12);
  EXPECT_EQ((*source)->dropped(), 0);
  EXPECT_FALSE((*source)->live());
  EXPECT_NEAR((*source)->frames_per_second(), 10, 0.1);
}

TEST_F(SourceTest, FileUrisAreFiles) {
  auto source = open_source("file://" + video(2));
  ASSERT_TRUE(source.has_value()) << source.error().message;
  EXPECT_EQ(count(**source), 2);
}

TEST_F(SourceTest, RealtimeTakesAsLongAsTheVideo) {
  auto source = open_source(video(8), {.realtime = true});
  ASSERT_TRUE(source.has_value()) << source.error().message;
  const auto begin = Clock::now();
  std::int64_t frames = 0;
  std::chrono::nanoseconds stream{0};
  while (const auto frame = (*source)->next().value()) {
    ++frames;
    stream = frame->stream_time;
    EXPECT_EQ(frame->time, frame->stream_time);  // of a file, not of the clock on the wall
  }
  EXPECT_EQ(frames + (*source)->dropped(), 8);
  EXPECT_GE(Clock::now() - begin, 500ms);  // 7 intervals of 100 ms, less what passed before the first was taken
  EXPECT_EQ(stream, 700ms);
}

/// Byte of the first pixel, by which the frames of video() differ.
int shade(const Frame& frame) { return frame.pixels[0]; }

TEST_F(SourceTest, InALoopTimeGoesOnOverTheSeam) {
  auto source = open_source(video(6), {.loop = true});
  ASSERT_TRUE(source.has_value()) << source.error().message;
  std::vector<int> shades;
  for (int k = 0; k < 20; ++k) {
    const auto frame = (*source)->next();
    ASSERT_TRUE(frame.has_value() && *frame) << k;
    EXPECT_EQ((*frame)->index, k);
    EXPECT_EQ((*frame)->time, k * 100ms);
    EXPECT_EQ((*frame)->stream_time, k % 6 * 100ms);
    shades.push_back(shade(**frame));
    EXPECT_EQ(shades[static_cast<std::size_t>(k)], shades[static_cast<std::size_t>(k % 6)]) << k;
  }
  EXPECT_NE(shades[0], shades[5]);
}

TEST_F(SourceTest, ADirectoryCanLoopToo) {
  for (const char* name : {"a.png", "b.png"}) cv::imwrite(path(name), cv::Mat(4, 5, CV_8UC3));
  auto source = open_source(path(""), {.loop = true});
  ASSERT_TRUE(source.has_value()) << source.error().message;
  for (int k = 0; k < 5; ++k) {
    const auto frame = (*source)->next().value();
    EXPECT_EQ(frame->name, k % 2 == 0 ? "a.png" : "b.png");
    EXPECT_EQ(frame->time, k * 100ms);
  }
}

TEST_F(SourceTest, PacedFramesAreCapturedWhenTheyAreDueAlsoOverTheSeam) {
  auto source = open_source(video(6), {.realtime = true, .loop = true, .frames_per_second = 50});
  ASSERT_TRUE(source.has_value()) << source.error().message;
  EXPECT_EQ((*source)->frames_per_second(), 50);
  const auto first = (*source)->next().value();
  ASSERT_TRUE(first.has_value());
  std::int64_t frames = 1, last = first->index;
  while (last < 40) {
    const auto frame = (*source)->next().value();
    ASSERT_TRUE(frame.has_value());
    EXPECT_LE(frame->captured, Clock::now());
    EXPECT_EQ(frame->captured - first->captured, (frame->index - first->index) * 20ms);
    EXPECT_EQ(frame->time, frame->index * 20ms);
    last = frame->index;
    ++frames;
  }
  EXPECT_EQ(frames + (*source)->dropped(), last + 1);
}

TEST_F(SourceTest, WhoComesLateToAPacedSourceFindsTheNewestThatIsDue) {
  auto source = open_source(video(6), {.realtime = true, .loop = true, .frames_per_second = 50});
  ASSERT_TRUE(source.has_value()) << source.error().message;
  const auto first = (*source)->next().value();
  const auto late = first->captured + 700ms;  // more than is decoded ahead
  std::this_thread::sleep_until(late);
  const auto frame = (*source)->next().value();
  EXPECT_GT(frame->index, 28);  // 35 are due: beyond the 24 that were ahead, but for a late decoder
  EXPECT_EQ((*source)->dropped(), frame->index - 1);
}

TEST_F(SourceTest, WhatCannotBeginAgainIsNotLooped) {
  std::ofstream stream(path("v.mjpeg"), std::ios::binary);
  std::vector<unsigned char> jpeg;
  cv::imencode(".jpg", cv::Mat(48, 64, CV_8UC3, cv::Scalar(0)), jpeg);
  for (int k = 0; k < 5; ++k) stream.write(reinterpret_cast<const char*>(jpeg.data()), std::ssize(jpeg));
  stream.close();
  EXPECT_EQ(failure(path("v.mjpeg"), {.loop = true}).kind, ErrorKind::kUnsupported);
}

TEST_F(SourceTest, TheRateOfALiveSourceIsItsOwn) {
  EXPECT_EQ(failure("videotestsrc is-live=true ! identity", {.frames_per_second = 30}).kind, ErrorKind::kUsage);
}

TEST_F(SourceTest, OnALiveSourceTheNewestWins) {
  auto source = open_source("videotestsrc is-live=true num-buffers=30 ! video/x-raw,width=64,height=48,framerate=50/1");
  ASSERT_TRUE(source.has_value()) << source.error().message;
  EXPECT_TRUE((*source)->live());
  std::int64_t frames = 0, last = -1;
  while (const auto frame = (*source)->next().value()) {
    EXPECT_GT(frame->index, last);
    EXPECT_EQ(frame->time, frame->captured.time_since_epoch());
    last = frame->index;
    ++frames;
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_EQ(last, 29);  // the newest, to the end
  EXPECT_GT((*source)->dropped(), 0);
  EXPECT_EQ(frames + (*source)->dropped(), 30);
}

TEST_F(SourceTest, AnUnpluggedStreamIsAnError) {
  auto source = open_source("videotestsrc is-live=true ! video/x-raw,framerate=50/1 ! identity error-after=6");
  ASSERT_TRUE(source.has_value()) << source.error().message;
  for (int k = 0; k < 20; ++k) {
    const auto frame = (*source)->next();
    if (frame.has_value()) continue;
    EXPECT_EQ(frame.error().kind, ErrorKind::kUnavailable);
    EXPECT_EQ(frame.error().message.find('\n'), std::string::npos);
    return;
  }
  FAIL() << "the stream went on";
}

TEST_F(SourceTest, ASilentStreamIsAnErrorNotAHang) {
  const auto error = failure("videotestsrc is-live=true ! valve drop=true", {.stall_timeout = 300ms});
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_NE(error.message.find("300 ms"), std::string::npos) << error.message;
}

TEST_F(SourceTest, TheStopFlagEndsALiveStream) {
  std::atomic<bool> stop{false};
  auto source = open_source("videotestsrc is-live=true ! identity", {.stop = &stop});
  ASSERT_TRUE(source.has_value()) << source.error().message;
  EXPECT_TRUE((*source)->next().value().has_value());
  stop = true;
  EXPECT_FALSE((*source)->next().value().has_value());
}

TEST_F(SourceTest, FramesOutliveTheSource) {
  std::optional<Frame> frame;
  {
    auto source = open_source(video(3));
    ASSERT_TRUE(source.has_value()) << source.error().message;
    frame = (*source)->next().value();
  }
  EXPECT_LE(frame->pixels[0], 20);  // black; the sanitizers would see a freed one
}

TEST_F(SourceTest, ADirectoryIsReadInTheOrderOfItsNames) {
  for (const char* name : {"b.png", "a.png", "c.PNG"})
    cv::imwrite(path(std::string(name) + ".png"), cv::Mat(4, 5, CV_8UC3));
  write_text("notes.txt", "not an image");
  auto source = open_source(path(""), {.frames_per_second = 4});
  ASSERT_TRUE(source.has_value()) << source.error().message;
  EXPECT_EQ((*source)->next().value()->name, "a.png.png");
  EXPECT_EQ((*source)->next().value()->name, "b.png.png");
  const auto last = (*source)->next().value();
  EXPECT_EQ(last->time, 500ms);
  EXPECT_EQ(last->width, 5);
  EXPECT_EQ(last->height, 4);
  EXPECT_FALSE((*source)->next().value().has_value());
}

TEST_F(SourceTest, WhatIsNotThere) {
  EXPECT_EQ(failure(path("missing.mp4")).kind, ErrorKind::kNotFound);
  EXPECT_EQ(failure("/dev/video77").kind, ErrorKind::kNotFound);
  EXPECT_EQ(failure(path("")).kind, ErrorKind::kNotFound);  // no images in it
  EXPECT_EQ(failure("").kind, ErrorKind::kUsage);
  EXPECT_EQ(failure("gopher://host/video").kind, ErrorKind::kUsage);
  EXPECT_EQ(failure("rtsp://127.0.0.1:1/nothing", {.stall_timeout = 3s}).kind, ErrorKind::kUnavailable);
}

TEST_F(SourceTest, WhatIsNoPicture) {
  write_text("text.mp4", "this is no video");
  write_text("text.jpg", "this is no image");
  write_text("empty.mp4", "");
  write_text("empty.png", "");
  EXPECT_EQ(failure(path("text.mp4")).kind, ErrorKind::kInvalid);
  EXPECT_EQ(failure(path("empty.mp4")).kind, ErrorKind::kInvalid);
  for (const char* name : {"text.jpg", "empty.png"}) {
    auto source = open_source(path(name));
    ASSERT_TRUE(source.has_value());
    EXPECT_EQ((*source)->next().error().kind, ErrorKind::kInvalid) << name;
  }
  EXPECT_EQ(failure("videotestsrc ! nosuchelement").kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace hedge::media
