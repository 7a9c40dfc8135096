// For tests that kill a process of their own at any moment: this test program again, running one disabled test.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace hedge::base {

// How often a test kills. Under a sanitizer a child needs a second to begin.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEDGE_SLOW_START 1
#endif
#endif
#ifdef HEDGE_SLOW_START
inline constexpr int kKills = 20;
#else
inline constexpr int kKills = 100;
#endif

/// The descriptor on which the child says that it has come to where it may be killed: a byte each time.
inline constexpr int kChildReady = 5;

/// `test`: "Suite.DISABLED_Child". The child finds `folder` in the environment's `variable`; `ready` gives its bytes.
inline pid_t start_child(const std::string& test, const char* variable, const std::filesystem::path& folder,
                         int& ready) {
  std::string program = "/proc/self/exe", filter = "--gtest_filter=" + test, all = "--gtest_also_run_disabled_tests";
  char* arguments[] = {program.data(), filter.data(), all.data(), nullptr};
  ::setenv(variable, folder.c_str(), 1);
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t quiet;
  ::posix_spawn_file_actions_init(&quiet);
  ::posix_spawn_file_actions_adddup2(&quiet, ends[1], kChildReady);
  ::posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  EXPECT_EQ(::posix_spawn(&child, program.c_str(), &quiet, nullptr, arguments, environ), 0);
  ::posix_spawn_file_actions_destroy(&quiet);
  ::close(ends[1]);
  ready = ends[0];
  return child;
}

}  // namespace hedge::base
