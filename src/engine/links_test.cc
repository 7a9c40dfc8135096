// The engine ships to the edge alone: this test program is linked to it and to GoogleTest, and to nothing of the
// compiler's.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace hedge::engine {
namespace {

TEST(Links, TheEngineNeedsNeitherProtobufNorOpenCv) {
  std::ifstream maps("/proc/self/maps");
  ASSERT_TRUE(maps.good());
  int libraries = 0;
  for (std::string line; std::getline(maps, line);) {
    libraries += line.find(".so") != std::string::npos;
    for (const char* name : {"libprotobuf", "libonnx", "libopencv", "libgst", "libhedge_compile", "libhedge_graph"})
      EXPECT_EQ(line.find(name), std::string::npos) << line;
  }
  EXPECT_GT(libraries, 0);
}

}  // namespace
}  // namespace hedge::engine
