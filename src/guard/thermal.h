// The machine's temperature: the hottest of the kernel's thermal zones.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/descriptor.h"

namespace hedge::guard {

class ThermalZones {
 public:
  /// Opens what there is. No zone (most virtual machines) is no error: celsius() is then NaN, and `zones()` is 0.
  explicit ThermalZones(const std::filesystem::path& directory = "/sys/class/thermal");

  std::size_t zones() const { return files_.size(); }
  /// NaN where no zone can be read. A read of sysfs for each zone: some tens of microseconds, so not every frame.
  double celsius() const noexcept;

 private:
  std::vector<base::Descriptor> files_;
};

}  // namespace hedge::guard
