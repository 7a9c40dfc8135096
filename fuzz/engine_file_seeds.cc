// Writes the first inputs of fuzz_engine_file into a folder: small programs with every kernel family, and, where
// Debian's libonnx-testdata is installed, one program for each of ONNX's node tests, so that every operator takes part.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "compile/compile.h"
#include "engine/banded_sample_program.h"
#include "engine/record.h"
#include "engine/viewed_sample_program.h"
#include "format/engine_file.h"
#include "graph/conformance.h"

namespace hedge {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSeedBytesMax = 16 * 1024;
constexpr const char* kNodeTests = "/usr/share/libonnx-testdata/data/node";

/// Noise and a stored tensor, with the answers to both.
base::Result<format::GoldenCases> golden_cases(const program::Program& program) {
  engine::Engine engine = TRY(engine::Engine::create(program));
  std::vector<format::GoldenInput> noise, stored;
  for (const engine::Port& port : engine.inputs()) {
    noise.push_back(format::golden_input(port.type, {.levels = 2}));
    stored.push_back(format::golden_input(tensor::Tensor(port.type)));
  }
  return format::GoldenCases{TRY(engine::record(engine, std::move(noise), {.label = "noise"})),
                             TRY(engine::record(engine, std::move(stored), {.label = "stored"}))};
}

void write(const fs::path& path, const program::Program& program) {
  format::EngineFile file{.program = program, .card = "card"};
  if (auto golden = golden_cases(program)) file.golden = std::move(*golden);
  const auto bytes = format::encode_engine(file);
  if (bytes.size() <= kSeedBytesMax) (void)base::write_file(path, std::span<const std::byte>(bytes));
}

void write_all(const fs::path& directory) {
  fs::create_directories(directory);
  for (const std::int64_t channels : {3, 17})
    for (const std::string_view kernel : {"", "ref"}) {
      const engine::SampleOptions options{.size = 4, .channels = channels, .kernel = kernel};
      const std::string suffix = fmt::format("{}{}.hedge", channels, kernel.empty() ? "" : "_ref");
      write(directory / ("sample_" + suffix), engine::sample_program(options));
      write(directory / ("integers_" + suffix), engine::integer_sample_program(options));
    }
  for (const unsigned seed : {1u, 2u, 3u})
    write(directory / fmt::format("bands_{}.hedge", seed), engine::by_bands(engine::chain_program(seed, 3, 9), 2));
  write(directory / "views.hedge", engine::by_views(engine::joined_program(64, 3)));
  if (!fs::exists(kNodeTests)) return;
  const compile::CompileOptions options{.isa = kernel::detect_isa()};
  for (const auto& entry : fs::directory_iterator(kNodeTests)) {
    const auto compile_and_write = [&](const graph::Graph& graph,
                                       std::span<const tensor::Tensor>) -> base::Result<std::vector<tensor::Tensor>> {
      write(directory / (entry.path().filename().string() + ".hedge"), TRY(compile::compile(graph, options)));
      return std::vector<tensor::Tensor>();
    };
    (void)graph::run_conformance_test(entry.path(), compile_and_write, {.static_types = true});
  }
}

}  // namespace
}  // namespace hedge

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: fuzz_engine_file_seeds DIRECTORY\n", stderr);
    return 2;
  }
  hedge::write_all(argv[1]);
  return 0;
}
