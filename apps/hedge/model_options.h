// The options that every command with a model shares: shapes, frozen inputs, threads, the card.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compile/compile.h"
#include "engine/engine.h"
#include "graph/onnx_import.h"
#include "hedge/command.h"
#include "pipeline/card.h"

namespace hedge::app {

struct ModelOptions {
  std::string model;
  std::vector<std::string> shapes;
  std::vector<std::string> freezes;
  std::vector<std::string> disabled_passes;
  engine::EngineOptions engine = {};
};

void add_model_options(CLI::App& command, ModelOptions& options, bool with_engine);
/// Where the engine's threads and memory live: --pin, --huge-pages, --prefault, --lock-memory. For commands that run
/// long or measure.
void add_placement_options(CLI::App& command, ModelOptions& options);
/// This thread, which will call the engine, onto the first core of --pin. After other libraries have started theirs:
/// threads inherit the cores of the one that starts them.
base::Status pin_caller(const ModelOptions& options);

bool is_onnx(const std::string& path);  ///< by extension: .onnx

/// --shape NAME=1x3x224x224 and --freeze NAME=1,2,3 as the importer wants them.
base::Result<graph::ImportOptions> import_options(const ModelOptions& options);
base::Result<graph::Graph> import_model(const ModelOptions& options);
base::Result<compile::CompileOptions> compile_options(const ModelOptions& options);

/// From .onnx (compiled in memory) or .hedge.
base::Result<engine::Engine> open_engine(const ModelOptions& options);

/// In one sentence: whether machines with fewer instructions can load it, and what that costs the file.
std::string portability(const program::Program& program);

/// The card: `given`, or the one beside the model, or the one inside the engine file.
base::Result<pipeline::Card> find_card(const ModelOptions& options, const std::string& given);

}  // namespace hedge::app
