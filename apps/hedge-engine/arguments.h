// A command line without a library: COMMAND ENGINE --option value ... . The program is to be small.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace hedge::app {

class Arguments {
 public:
  /// Options are `--name value`; each may be given more than once. kUsage where one is not in `known` or has no value.
  static base::Result<Arguments> parse(int count, char** words, const std::vector<std::string>& known);

  const std::string& command() const { return command_; }
  const std::string& engine() const { return engine_; }
  /// The last one given, or `fallback`.
  std::string text(const std::string& name, const std::string& fallback) const;
  const std::vector<std::string>& all(const std::string& name) const;
  /// kUsage outside [low, high].
  base::Result<double> number(const std::string& name, double fallback, double low, double high) const;
  base::Result<int> integer(const std::string& name, int fallback, int low, int high) const;

 private:
  std::string command_, engine_;
  std::map<std::string, std::vector<std::string>> options_;
};

}  // namespace hedge::app
