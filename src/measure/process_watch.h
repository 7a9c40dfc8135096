// What this process holds, over time: memory and descriptors, from a thread that takes only what others leave.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hedge::measure {

struct ProcessSample {
  double at_seconds = 0;            ///< since the watch began
  std::int64_t resident_bytes = 0;  ///< of the whole process
  int descriptors = 0;              ///< that are open
  double core_mhz = 0;              ///< mean of the cores; 0: not told
};

ProcessSample sample_process();

class ProcessWatch {
 public:
  /// A sample at once and then every `period`. `each`, if any, is called with it in the watch's thread.
  explicit ProcessWatch(std::chrono::milliseconds period, std::function<void(const ProcessSample&)> each = {});
  ~ProcessWatch();
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;

  /// Ends; what is being closed meanwhile is not sampled. At most kSamplesMax are kept: when they are full, every other
  /// one goes, and so on at half the rate.
  std::vector<ProcessSample> stop();
  static constexpr std::size_t kSamplesMax = 4096;

 private:
  void watch(std::chrono::milliseconds period);
  void take();

  const std::function<void(const ProcessSample&)> each_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::vector<ProcessSample> samples_;  ///< the thread's until it is joined
  std::thread thread_;                  ///< last: it uses all of the above
};

}  // namespace hedge::measure
