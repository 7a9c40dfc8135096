// A folder of a test's own, gone with it, and files to put into it.
#pragma once

#include <unistd.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "evaluate/dataset.h"

namespace hedge::evaluate {

class TestFolder : public testing::Test {
 protected:
  TestFolder() : folder_(std::filesystem::temp_directory_path() / ("hedge-evaluate-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~TestFolder() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path path(const std::string& name = "") const { return name.empty() ? folder_ : folder_ / name; }
  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  /// One colour, `width` x `height`; the name should end in .ppm.
  std::filesystem::path write_image(const std::string& name, unsigned char red, unsigned char green, unsigned char blue,
                                    int width = 8, int height = 4) const {
    std::string bytes = "P6\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n";
    for (int k = 0; k < width * height; ++k) bytes += {char(red), char(green), char(blue)};
    return write(name, bytes);
  }

 private:
  std::filesystem::path folder_;
};

inline pipeline::Card card_of(std::vector<std::string> labels = {}) {
  pipeline::Card card;
  card.task = pipeline::Task::kClassification;
  card.input = {.width = 8, .height = 4, .mean = {0, 0, 0}, .scale = {1, 1, 1}};
  card.output.labels = std::move(labels);
  return card;
}

/// The one-line message of what must fail.
template <class T>
std::string problem(const base::Result<T>& result) {
  if (result) {
    ADD_FAILURE() << "accepted";
    return "";
  }
  EXPECT_EQ(result.error().message.find('\n'), std::string::npos) << result.error().message;
  return result.error().message;
}

}  // namespace hedge::evaluate
