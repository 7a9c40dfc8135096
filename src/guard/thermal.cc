#include "guard/thermal.h"

#include <fcntl.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace hedge::guard {

ThermalZones::ThermalZones(const std::filesystem::path& directory) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (!entry.path().filename().string().starts_with("thermal_zone")) continue;
    base::Descriptor file(::open((entry.path() / "temp").c_str(), O_RDONLY | O_CLOEXEC));
    if (file) files_.push_back(std::move(file));
  }
}

double ThermalZones::celsius() const noexcept {
  double hottest = std::numeric_limits<double>::quiet_NaN();
  for (const base::Descriptor& file : files_) {
    char text[32];
    const ssize_t size = ::pread(file.get(), text, sizeof text, 0);
    long thousandths = 0;
    if (size <= 0 || std::from_chars(text, text + size, thousandths).ec != std::errc()) continue;
    hottest = std::fmax(hottest, static_cast<double>(thousandths) / 1000);  // fmax: a number wins over NaN
  }
  return hottest;
}

}  // namespace hedge::guard
