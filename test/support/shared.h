// Where the shared models and data lie; tests that need them are skipped where they do not.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace hedge::test {

inline std::filesystem::path shared_directory() {
  const char* given = std::getenv("HEDGE_SHARED");
  return given != nullptr ? given : "../shared";
}

}  // namespace hedge::test

/// Skips the test, saying so, where `path` under shared/ is absent.
#define HEDGE_NEEDS_SHARED(path)                                          \
  if (!std::filesystem::exists(hedge::test::shared_directory() / (path))) \
  GTEST_SKIP() << (hedge::test::shared_directory() / (path)).string() << " is not here; set HEDGE_SHARED"
