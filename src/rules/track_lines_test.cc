#include "rules/track_lines.h"

#include <cmath>

#include "rules/street.h"

namespace hedge::rules {
namespace {

TEST(TrackLines, ReadsWhatHedgeRunWrites) {
  const char* lines = R"({"frame":0,"t_capture_us":555,"latency_us":9000,"detections":[)"
                      R"({"class":1,"label":"car","score":0.5,"box":[1,2,3,4],"track":7},)"
                      R"({"class":0,"score":0.4,"box":[1,2,3,4]}]})"
                      "\n\n"
                      R"({"frame":2,"t_capture_us":999,"t_stream_us":100000,)"
                      R"("detections":[{"class":1,"score":0.5,"box":[2,2,3,4],"track":7}]})"
                      "\n";
  const auto frames = parse_track_lines(lines, "t", street_words(), {.width = 64, .height = 48});
  ASSERT_TRUE(frames) << frames.error().message;
  ASSERT_EQ(frames->size(), 2u);
  EXPECT_EQ((*frames)[0].time.count(), 0) << "the position in the file, also where it is 0";
  EXPECT_EQ((*frames)[1].time, std::chrono::milliseconds(100));
  EXPECT_EQ((*frames)[0].numbers[0], 9);
  EXPECT_TRUE(std::isnan((*frames)[1].numbers[0]));
  ASSERT_EQ((*frames)[0].tracks.size(), 1u);
  const track::Track& track = (*frames)[1].tracks[0];
  EXPECT_EQ(track.id, 7);
  EXPECT_TRUE(track.confirmed && track.visible);
  EXPECT_EQ(track.first_seen.count(), 0);
  EXPECT_EQ(track.last_seen, (*frames)[1].time);
  EXPECT_EQ(labels_of_track_lines(lines), (std::vector<std::string>{"class 0", "car"}));
}

TEST(TrackLines, ReadsWhatATrackerKnows) {
  const auto frames = parse_track_lines(
      R"({"t_capture_us":5,"width":9,"height":8,"numbers":{"fps":30,"thermal_c":null},"tracks":[)"
      R"({"track":1,"class":0,"box":[1,2,3,4],)"
      R"("velocity":[1,0,0,0],"visible":false,"confirmed":false,"hits":3,"first_seen_us":2,"last_seen_us":4}]})",
      "t", street_words());
  ASSERT_TRUE(frames) << frames.error().message;
  const track::Track& track = (*frames)[0].tracks[0];
  EXPECT_FALSE(track.visible || track.confirmed);
  EXPECT_EQ(track.first_seen, std::chrono::microseconds(2));
  EXPECT_EQ(track.velocity.x, 1);
  EXPECT_EQ((*frames)[0].numbers[1], 30);
  EXPECT_EQ((*frames)[0].width, 9);
}

TEST(TrackLines, ProblemsNameTheLine) {
  const auto problem = [](const std::string& lines) {
    const auto frames = parse_track_lines(lines, "t", street_words(), {.width = 64, .height = 48});
    EXPECT_FALSE(frames) << lines;
    return frames ? "" : frames.error().message;
  };
  EXPECT_EQ(problem(""), "t: there is no frame in it");
  EXPECT_EQ(problem("{}"), "t:1: there is neither t_stream_us nor t_capture_us");
  EXPECT_EQ(problem("{\"t_capture_us\":1}\n{"), "t:2: not JSON");
  EXPECT_EQ(problem("[1]"), "t:1: not a JSON object");
  EXPECT_EQ(problem("{\"t_capture_us\":2}\n{\"t_capture_us\":1}"), "t:2: t_capture_us goes back");
  EXPECT_EQ(problem("{\"t_capture_us\":1e300}"), "t:1: t_capture_us must be a number from 0 to 9000000000000000");
  EXPECT_EQ(problem("{\"t_capture_us\":1,\"tracks\":[{\"track\":1}]}"),
            "t:1: a track lacks box: [x, y, width, height]");
  problem("{\"t_capture_us\":1,\"tracks\":3}");
  problem("{\"t_capture_us\":1,\"tracks\":[3]}");
  problem("{\"t_capture_us\":1,\"tracks\":[{\"track\":\"1\"}]}");
  problem("{\"t_capture_us\":1,\"tracks\":[{\"track\":1,\"box\":[1,2,3,null]}]}");
  problem("{\"t_capture_us\":1,\"numbers\":[]}");
  EXPECT_EQ(parse_track_lines("{\"t_capture_us\":1}", "t", street_words()).error().message,
            "t:1: the size of the frame is not known: give --size, such as 1280x720");
}

}  // namespace
}  // namespace hedge::rules
