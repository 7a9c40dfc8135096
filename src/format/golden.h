// Golden vectors: what an engine answered when it passed the gate, kept inside its file, so that a device can prove
// that it answers the same. Inputs of a seeded generator are not stored, and of large outputs only a sample and a
// checksum. docs/formats/engine.md is the form on disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/golden_noise.h"
#include "program/program.h"

namespace hedge::format {

/// One input of a case: noise that is made again, or a stored tensor.
struct GoldenInput {
  tensor::TensorType type;
  std::optional<GoldenNoise> noise;
  tensor::Tensor stored;  ///< where there is no noise
  std::uint32_t crc = 0;  ///< CRC-32C of the bytes that the noise makes
};
GoldenInput golden_input(tensor::Tensor stored);
GoldenInput golden_input(const tensor::TensorType& type, const GoldenNoise& noise);
/// Writes the input's bytes into a tensor of its type.
void fill(const GoldenInput& input, const tensor::TensorView& view);

enum class GoldenRule : std::uint8_t {
  kExact = 0,      ///< every bit
  kTolerance = 1,  ///< |difference| <= tolerance * magnitude, for each value
  kRms = 2,        ///< root of the sum of squared differences <= tolerance * that of the squared values
};

/// One recorded output: the values at 0, stride, 2 * stride, ... and the checksum of all.
struct GoldenOutput {
  tensor::TensorType type;
  GoldenRule rule = GoldenRule::kExact;
  float tolerance = 0;       ///< 0 for kExact
  float magnitude = 0;       ///< largest finite |value| of the whole output
  std::uint32_t crc = 0;     ///< CRC-32C of the whole output's bytes
  std::uint64_t stride = 1;  ///< elements
  tensor::Tensor sample;     ///< rank 1

  /// How many values a stride leaves of so many.
  static std::int64_t sample_count(std::int64_t elements, std::uint64_t stride) {
    const auto step = static_cast<std::int64_t>(stride);
    return elements / step + (elements % step != 0 ? 1 : 0);
  }
};

struct GoldenCase {
  std::string label;            ///< free, one line: "seed 1", a file's name
  kernel::IsaSet recorded_isa;  ///< that the recording machine could use
  std::vector<GoldenInput> inputs;
  std::vector<GoldenOutput> outputs;
};
using GoldenCases = std::vector<GoldenCase>;

/// A few: they travel with every update.
inline constexpr std::size_t kGoldenCasesMax = 64;
inline constexpr std::size_t kGoldenPortsMax = 1024;      ///< inputs, and outputs, of a case
inline constexpr std::size_t kGoldenLabelBytesMax = 256;  ///< and no control characters: it is printed
inline constexpr std::size_t kGoldenBytesMax = 64 << 20;  ///< of the section

std::vector<std::byte> encode_golden(const GoldenCases& cases);
/// Checks each case in itself; whether it is this program's is check_golden()'s question.
base::Result<GoldenCases> decode_golden(std::span<const std::byte> bytes);
/// Limits, and counts and types against the program's ports. The program need not be verified.
base::Status check_golden(const GoldenCases& cases, const program::Program& program);

}  // namespace hedge::format
