// The path of the program that runs, to start it again.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace hedge::app {

inline base::Result<std::string> own_program() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return base::fail(base::ErrorKind::kIo, "cannot read /proc/self: is /proc mounted?");
  return program.string();
}

}  // namespace hedge::app
