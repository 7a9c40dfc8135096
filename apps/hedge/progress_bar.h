// A bar on the terminal while something long runs; nothing where standard error is a file or a pipe.
#pragma once

#include <cstdint>

namespace hedge::app {

class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();  ///< clears the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void show(std::int64_t done, std::int64_t count);

 private:
  bool terminal_;
  std::int64_t shown_ = -1;  ///< parts of a thousand
};

}  // namespace hedge::app
