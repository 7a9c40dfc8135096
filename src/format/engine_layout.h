// The numbers of the engine file, shared by its reader and its writer. docs/formats/engine.md is the text.
#pragma once

#include <array>
#include <cstdint>

namespace hedge::format {

/// The newline pair and the control byte show damage by text-mode transfers, as in PNG.
inline constexpr std::array<char, 8> kEngineMagic = {'H', 'E', 'D', 'G', 'E', '\r', '\n', '\x1a'};
inline constexpr std::uint16_t kEngineMajor = 1;  ///< another major number: another layout, refused
inline constexpr std::uint16_t kEngineMinor = 4;  ///< a higher minor number only adds sections

enum class Section : std::uint32_t {
  kTensors = 1,
  kSteps = 2,
  kPorts = 3,
  kProvenance = 4,
  kCard = 5,      ///< text of the model's card; may be absent
  kWeights = 6,   ///< begins at a multiple of kWeightsAlignment, so that it can be mapped
  kGolden = 7,    ///< since minor 1; may be absent
  kPortable = 8,  ///< since minor 2; absent: only machines with required_isa may run the program
  kBands = 9,     ///< since minor 3; absent: no steps run by bands
  kPitches = 10,  ///< since minor 4; absent: all tensors are dense
};

// Little-endian, no padding:
//   header   magic[8] major u16 minor u16 required_isa u32 file_bytes u64 section_count u32 header_crc u32
//   section  type u32 crc u32 offset u64 size u64, section_count times
inline constexpr std::size_t kHeaderBytes = 32;
inline constexpr std::size_t kHeaderCrcAt = 28;  ///< CRC32C of header and section table with this field zero
inline constexpr std::size_t kSectionBytes = 24;
inline constexpr std::uint32_t kSectionsMax = 16;
inline constexpr std::uint64_t kWeightsAlignment = 4096;

}  // namespace hedge::format
