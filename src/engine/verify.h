// Whether this engine, in this build, on this machine, answers as the one that passed the gate: runs the golden vectors
// of its file and compares. For `hedge verify`, and for an update before it is committed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "format/golden.h"

namespace hedge::engine {

/// One output of one case. Errors are infinite where a number met what is none.
struct OutputVerdict {
  std::string name;
  format::GoldenRule rule = format::GoldenRule::kExact;
  double tolerance = 0;        ///< 0 where every bit counts
  bool holds = false;          ///< by its rule
  bool bit_equal = false;      ///< all of its bytes, by checksum where they are not all in the file
  double relative_error = 0;   ///< largest difference of the compared values over the output's largest value
  double rms_error = 0;        ///< root mean square of the differences over that of the values
  std::int64_t elements = 0;   ///< of the output
  std::int64_t compared = 0;   ///< of them, value by value: what the file holds
  std::int64_t differing = 0;  ///< of the compared, in any bit

  /// What the rule compares with the tolerance.
  double error() const { return rule == format::GoldenRule::kRms ? rms_error : relative_error; }
};

struct CaseVerdict {
  std::string label;
  kernel::IsaSet recorded_isa;
  std::vector<OutputVerdict> outputs;

  bool holds() const;
};

struct VerifyReport {
  std::vector<CaseVerdict> cases;

  bool holds() const;
};

/// Runs every case. Overwrites the engine's inputs. No cases at all prove nothing: kUnsupported. kInvalid where the
/// cases are not this engine's; an inference that fails is its error with the case in front.
base::Result<VerifyReport> verify(Engine& engine, const format::GoldenCases& cases);
/// The same for an engine file with the cases inside.
base::Result<VerifyReport> verify_file(const std::filesystem::path& path, const EngineOptions& options = {});

}  // namespace hedge::engine
