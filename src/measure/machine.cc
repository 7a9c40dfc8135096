#include "measure/machine.h"

#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

namespace hedge::measure {
namespace {

namespace fs = std::filesystem;
constexpr const char* kUnknown = "not told by this kernel";
const fs::path kCpus = "/sys/devices/system/cpu";

/// The first line of a small file; "" where it cannot be read.
std::string line_of(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::erase(line, '\0');
  return line;
}

std::string or_unknown(std::string text) { return text.empty() ? kUnknown : text; }

/// The first value of a key of /proc/cpuinfo.
std::string cpuinfo(std::string_view key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string::npos || colon + 2 > line.size()) continue;
    if (line.find_first_not_of(" \t", key.size()) == colon) return line.substr(colon + 2);
  }
  return "";
}

std::string processor() {
  for (const char* key : {"model name", "Model", "Hardware", "cpu model"})
    if (const std::string name = cpuinfo(key); !name.empty()) return name;
  return or_unknown(line_of("/proc/device-tree/model"));
}

std::string preemption(const utsname& name) {
  if (has_realtime_kernel()) return "PREEMPT_RT";
  const std::string version = name.version;
  // The kernel marks what is chosen: "none voluntary (full) lazy".
  const std::string modes = line_of("/sys/kernel/debug/sched/preempt");
  const std::size_t open = modes.find('('), close = modes.find(')');
  if (open != std::string::npos && close != std::string::npos && close > open)
    return "dynamic, " + modes.substr(open + 1, close - open - 1);
  for (const char* model : {"PREEMPT_DYNAMIC", "PREEMPT_LAZY", "PREEMPT"})
    if (version.find(model) != std::string::npos) return model;
  return "none or voluntary (the kernel's version names no PREEMPT)";
}

/// What the cores' files of this name say, each value once: "performance", or "performance, powersave".
std::string of_all_cores(const char* file) {
  std::vector<std::string> values;
  std::error_code error;
  for (fs::directory_iterator entry(kCpus, error), end; !error && entry != end; entry.increment(error)) {
    const std::string value = line_of(entry->path() / "cpufreq" / file);
    if (!value.empty() && std::ranges::find(values, value) == values.end()) values.push_back(value);
  }
  std::ranges::sort(values);
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return text;
}

std::string frequency() {
  const std::string least = of_all_cores("scaling_min_freq"), most = of_all_cores("scaling_max_freq");
  if (!least.empty() && !most.empty()) return fmt::format("{} to {} kHz", least, most);
  const std::string now = cpuinfo("cpu MHz");
  return now.empty() ? kUnknown : fmt::format("{} MHz now; its bounds are {}", now, kUnknown);
}

std::string virtualisation() {
  const std::string product = line_of("/sys/class/dmi/id/product_name");
  if (!is_virtual()) return "no sign of a hypervisor";
  const std::string kind = line_of("/sys/hypervisor/type");
  return "virtual machine" + (kind.empty() ? "" : ", " + kind) + (product.empty() ? "" : ", " + product);
}

std::string clock_text() {
  timespec resolution{};
  ::clock_getres(CLOCK_MONOTONIC, &resolution);
  return fmt::format("CLOCK_MONOTONIC, {}, resolution {} ns",
                     or_unknown(line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource")),
                     resolution.tv_nsec);
}

std::string memory() {
  const double bytes = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return fmt::format("{:.1f} GiB", bytes / (1 << 30));
}

std::string realtime_share() {
  const std::string runtime = line_of("/proc/sys/kernel/sched_rt_runtime_us");
  const std::string period = line_of("/proc/sys/kernel/sched_rt_period_us");
  if (runtime.empty() || period.empty()) return kUnknown;
  return runtime == "-1" ? "all of a core" : fmt::format("{} of {} us", runtime, period);
}

}  // namespace

bool has_realtime_kernel() { return line_of("/sys/kernel/realtime") == "1"; }

bool is_virtual() {
  if (!line_of("/sys/hypervisor/type").empty()) return true;
  std::istringstream flags(cpuinfo("flags"));
  for (std::string flag; flags >> flag;)
    if (flag == "hypervisor") return true;
  for (const char* product : {"KVM", "QEMU", "VMware", "VirtualBox", "Virtual Machine"})
    if (line_of("/sys/class/dmi/id/product_name").find(product) != std::string::npos) return true;
  return false;
}

std::vector<Fact> machine_facts() {
  utsname name{};
  ::uname(&name);
  const std::string isolated = line_of(kCpus / "isolated");
  return {{"cpu", "processor", processor()},
          {"cores", "cores online", or_unknown(line_of(kCpus / "online"))},
          {"memory", "memory", memory()},
          {"architecture", "architecture", name.machine},
          {"kernel", "kernel", fmt::format("{} {}", name.sysname, name.release)},
          {"kernel_build", "its build", name.version},
          {"preemption", "preemption", preemption(name)},
          {"governor", "frequency governor", or_unknown(of_all_cores("scaling_governor"))},
          {"frequency", "frequency", frequency()},
          {"virtual", "virtualised", virtualisation()},
          {"clock", "clock", clock_text()},
          {"isolated_cores", "isolated cores", isolated.empty() ? "none" : isolated},
          {"realtime_share", "real-time tasks may take", realtime_share()}};
}

std::string fact(const std::vector<Fact>& facts, const std::string& key) {
  const auto found = std::ranges::find(facts, key, &Fact::key);
  return found == facts.end() ? "" : found->value;
}

CoreTimes core_times() {
  // cpu user nice system idle iowait irq softirq steal guest guest_nice; guests are counted in user and nice.
  std::ifstream file("/proc/stat");
  std::string word;
  file >> word;
  CoreTimes times;
  double ticks = 0;
  for (int field = 0; field < 8 && file >> ticks; ++field) {
    times.all += ticks;
    if (field == 3 || field == 4) times.idle += ticks;
    if (field == 7) times.stolen = ticks;
  }
  return times;
}

}  // namespace hedge::measure
