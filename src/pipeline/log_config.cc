#include "pipeline/log_config.h"

namespace hedge::pipeline {

LogConfig read_log(base::Section section) {
  LogConfig config;
  std::string directory;
  int mb = static_cast<int>(config.bytes_max >> 20), frames_mb = static_cast<int>(config.frames_bytes_max >> 20);
  section.read("directory", directory, true);
  section.read("max_mb", mb, 4, 1 << 20);  // an eighth, a part, holds at least a frame's largest record
  section.read("frames", config.frames);
  section.read("frames_max_mb", frames_mb, 64, 1 << 24);
  section.finish();
  config.directory = directory;
  config.bytes_max = static_cast<std::uint64_t>(mb) << 20;
  config.frames_bytes_max = static_cast<std::uint64_t>(frames_mb) << 20;
  return config;
}

}  // namespace hedge::pipeline
