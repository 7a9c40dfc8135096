// The engine file: a compiled program on disk, checksummed, its weights mapped and never copied. docs/formats/engine.md
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "format/golden.h"
#include "program/program.h"

namespace hedge::format {

struct EngineFile {
  program::Program program;
  std::string card;    ///< text of the model's card; empty where it had none
  GoldenCases golden;  ///< fit the program's ports; may be empty
};

/// What it costs the file that the program is portable.
std::size_t portable_bytes(const program::Program& program);

std::vector<std::byte> encode_engine(const EngineFile& file);
/// Golden cases that no reader would accept are its errors.
base::Status write_engine_file(const std::filesystem::path& path, const EngineFile& file);

/// Maps the file and decodes all but the weights, which stay in the map. Checksums, counts, ranges and golden cases are
/// checked here; whether the program may be run is program::verify()'s question.
base::Result<EngineFile> open_engine_file(const std::filesystem::path& path);
/// From bytes that `owner` keeps; they must be aligned to 64 bytes.
base::Result<EngineFile> decode_engine(std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

/// Whether a file begins like an engine file.
bool looks_like_engine(std::span<const std::byte> first_bytes);

}  // namespace hedge::format
