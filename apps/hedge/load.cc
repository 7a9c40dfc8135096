#include "hedge/load.h"

#include <unistd.h>
#include <csignal>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "hedge/own_program.h"

namespace hedge::app {
namespace {

using base::ErrorKind;
using base::fail;

constexpr int kProcessesMax = 256;
constexpr std::chrono::milliseconds kEndPatience{3000}, kEndPoll{10};

bool on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  const std::string folders = path != nullptr ? path : "/usr/bin:/bin";
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    if (::access((folders.substr(begin, end - begin) + "/" + program).c_str(), X_OK) == 0) return true;
    begin = end + 1;
  }
  return false;
}

/// "burn:2" -> 2.
base::Result<int> count_of(const std::string& kind) {
  const std::size_t colon = kind.find(':');
  int count = 0;
  const char* const end = kind.data() + kind.size();
  const auto [next, error] = std::from_chars(kind.data() + std::min(colon + 1, kind.size()), end, count);
  if (colon == std::string::npos || error != std::errc() || next != end || count < 1 || count > kProcessesMax)
    return fail(ErrorKind::kUsage, "--load {}: write none, burn:N or stress-ng:N, N from 1 to {}", kind, kProcessesMax);
  return count;
}

}  // namespace

base::Result<Load> Load::start(const std::string& kind) {
  Load load;
  load.text_ = "none: nothing but what runs on the machine anyway";
  if (kind == "none") return load;
  const int count = TRY(count_of(kind));
  const std::string name = kind.substr(0, kind.find(':'));
  if (name == "burn") {
    const std::string program = TRY(own_program());
    for (int k = 0; k < count; ++k) load.children_.push_back(TRY(guard::Child::start({program, "burn"})));
    load.text_ = fmt::format("burn {}: byte products and memory streams", count);
    return load;
  }
  if (name != "stress-ng") TRY(count_of(name));  // says what there is
  if (!on_path("stress-ng"))
    return fail(ErrorKind::kNotFound,
                "--load {}: stress-ng is not installed: take Debian's package stress-ng, or burn:{}", kind, count);
  load.children_.push_back(
      TRY(guard::Child::start({"stress-ng", "--quiet", "--temp-path", std::filesystem::temp_directory_path().string(),
                               "--cpu", std::to_string(count)})));
  load.text_ = fmt::format("stress-ng --cpu {}", count);
  return load;
}

Load::~Load() {
  // Asked first: stress-ng removes its files and reaps its own children.
  for (guard::Child& child : children_) child.send(SIGTERM);
  const auto give_up = std::chrono::steady_clock::now() + kEndPatience;
  for (guard::Child& child : children_)
    for (child.update(); child.state() != guard::ChildState::kEnded && std::chrono::steady_clock::now() < give_up;
         child.update())
      std::this_thread::sleep_for(kEndPoll);
}

base::Status Load::check() {
  for (guard::Child& child : children_) {
    child.update();
    if (child.state() == guard::ChildState::kEnded)
      return fail(ErrorKind::kUnavailable, "the load ({}) ended by itself: the figures would be without it", text_);
  }
  return {};
}

}  // namespace hedge::app
