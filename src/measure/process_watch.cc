#include "measure/process_watch.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/background_thread.h"

namespace hedge::measure {
namespace {

namespace fs = std::filesystem;

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

int descriptors() {
  int count = -1;  // the one that reads the directory
  std::error_code error;
  for (fs::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end; entry.increment(error))
    ++count;
  return count;
}

double core_mhz() {
  std::ifstream file("/proc/cpuinfo");
  double sum = 0;
  int cores = 0;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("cpu MHz")) {
      sum += std::strtod(line.c_str() + line.find(':') + 1, nullptr);
      ++cores;
    }
  if (cores > 0) return sum / cores;
  double khz = 0;
  std::ifstream("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq") >> khz;
  return khz * 1e-3;
}

}  // namespace

ProcessSample sample_process() {
  return {.resident_bytes = resident_bytes(), .descriptors = descriptors(), .core_mhz = core_mhz()};
}

ProcessWatch::ProcessWatch(std::chrono::milliseconds period, std::function<void(const ProcessSample&)> each)
    : each_(std::move(each)) {
  samples_.reserve(kSamplesMax);
  thread_ = std::thread([this, period] { watch(period); });
}

ProcessWatch::~ProcessWatch() { (void)stop(); }

std::vector<ProcessSample> ProcessWatch::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  return std::move(samples_);
}

void ProcessWatch::take() {
  ProcessSample sample = sample_process();
  sample.at_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  samples_.push_back(sample);
  if (each_) each_(sample);
}

void ProcessWatch::watch(std::chrono::milliseconds period) {
  base::run_in_background();
  auto due = begin_;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    take();
    if (samples_.size() == kSamplesMax) {
      for (std::size_t k = 0; 2 * k < kSamplesMax; ++k) samples_[k] = samples_[2 * k];
      samples_.resize(kSamplesMax / 2);
      period *= 2;
    }
    due += period;
    changed_.wait_until(lock, due, [&] { return stopped_; });
  }
}

}  // namespace hedge::measure
