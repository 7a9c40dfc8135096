#include "hedge/golden.h"

#include <algorithm>
#include <charconv>

#include "engine/record.h"
#include "hedge/tensor_file.h"

namespace hedge::app {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;
using engine::Engine;
using engine::Port;
using format::GoldenCases;
using format::GoldenInput;
using format::GoldenNoise;
using tensor::DType;
using tensor::Tensor;

/// Inputs of one case, in the engine's order.
struct CaseInputs {
  std::string label;
  std::vector<GoldenInput> inputs;
};

/// Whether the card's pixels become this input.
bool describes(const pipeline::InputCard& card, const Port& port, std::size_t port_count) {
  const bool named = card.name.empty() ? port_count == 1 : card.name == port.name;
  const int channel_axis = card.layout == pipeline::Layout::kNchw ? 1 : 3;
  return named && port.type.shape.rank() == 4 && port.type.shape[channel_axis] == card.channels();
}

GoldenNoise noise_for(const Port& port, std::size_t port_count, const std::optional<pipeline::Card>& card,
                      std::uint64_t seed) {
  GoldenNoise noise{.seed = seed};
  const DType dtype = port.type.dtype;
  if (card && describes(card->input, port, port_count)) {
    noise.levels = 256;
    noise.axis = card->input.layout == pipeline::Layout::kNchw ? 1 : 3;
    noise.shift = card->input.mean;
    noise.scale = card->input.scale;
  } else if (tensor::is_float(dtype)) {
    noise.scale = {1.0f / GoldenNoise::kLevelsMax};
  } else if (tensor::size_of(dtype) == 1 && dtype != DType::kBool) {
    noise.levels = 256;
    noise.shift = {dtype == DType::kI8 ? 128.0f : 0.0f};
  } else {
    noise.levels = 2;  // an index or a length: few models refuse 0 and 1
  }
  return noise;
}

std::vector<CaseInputs> noise_cases(const Engine& engine, std::uint64_t count,
                                    const std::optional<pipeline::Card>& card) {
  std::vector<CaseInputs> cases;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    CaseInputs noise{.label = fmt::format("seed {}", seed)};
    for (std::size_t k = 0; k < engine.inputs().size(); ++k)  // 64 bits hold both: seeds are few
      noise.inputs.push_back(format::golden_input(
          engine.inputs()[k].type, noise_for(engine.inputs()[k], engine.inputs().size(), card, seed << 32 | k)));
    cases.push_back(std::move(noise));
  }
  return cases;
}

/// input_k.pb by the names inside, where they are the engine's (a frozen input is not), else by their order.
Result<CaseInputs> read_onnx_set(const fs::path& directory, const Engine& engine) {
  std::vector<graph::NamedTensor> tensors;
  for (int k = 0; fs::exists(directory / fmt::format("input_{}.pb", k)); ++k)
    tensors.push_back(TRY(read_tensor_file(directory / fmt::format("input_{}.pb", k))));
  CaseInputs result{.label = directory.filename().string()};
  for (std::size_t k = 0; k < engine.inputs().size(); ++k) {
    auto found = std::ranges::find(tensors, engine.inputs()[k].name, &graph::NamedTensor::name);
    if (found == tensors.end() && k < tensors.size()) found = tensors.begin() + static_cast<std::ptrdiff_t>(k);
    if (found == tensors.end())
      return fail(ErrorKind::kInvalid, "{}: no tensor for input '{}'", directory.string(), engine.inputs()[k].name);
    result.inputs.push_back(format::golden_input(found->tensor));
  }
  return result;
}

std::vector<fs::path> npy_files(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ".npy") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

Result<std::vector<CaseInputs>> read_npy_cases(const fs::path& directory, const Engine& engine) {
  const std::vector<fs::path> files = npy_files(directory);
  if (files.empty())
    return fail(ErrorKind::kNotFound, "{}: neither test_data_set_0/input_0.pb nor .npy files in it",
                directory.string());
  if (files.size() > format::kGoldenCasesMax && engine.inputs().size() == 1)
    return fail(ErrorKind::kResourceLimit, "{}: {} files; {} golden cases are possible", directory.string(),
                files.size(), format::kGoldenCasesMax);
  std::vector<CaseInputs> cases;
  if (engine.inputs().size() == 1) {
    for (const fs::path& file : files) {
      CaseInputs& added = cases.emplace_back(CaseInputs{.label = file.filename().string()});
      added.inputs.push_back(format::golden_input(TRY(read_tensor_file(file)).tensor));
    }
    return cases;
  }
  CaseInputs& only = cases.emplace_back(CaseInputs{.label = directory.filename().string()});
  for (const Port& port : engine.inputs()) {
    std::string name = port.name;
    std::ranges::replace(name, '/', '_');  // as `hedge infer` writes them
    only.inputs.push_back(format::golden_input(TRY(read_tensor_file(directory / (name + ".npy"))).tensor));
  }
  return cases;
}

Result<std::vector<CaseInputs>> folder_cases(const fs::path& directory, const Engine& engine) {
  if (!fs::is_directory(directory))
    return fail(ErrorKind::kNotFound, "--golden {}: neither a number nor a folder", directory.string());
  std::vector<CaseInputs> cases;
  if (fs::exists(directory / "input_0.pb")) cases.push_back(TRY(read_onnx_set(directory, engine)));
  for (std::size_t k = 0; k <= format::kGoldenCasesMax; ++k) {
    const fs::path set = directory / fmt::format("test_data_set_{}", k);
    if (!fs::exists(set)) break;
    cases.push_back(TRY(read_onnx_set(set, engine)));
  }
  return cases.empty() ? read_npy_cases(directory, engine) : cases;
}

}  // namespace

Result<GoldenCases> record_golden(const program::Program& program, const GoldenOptions& options,
                                  const std::optional<pipeline::Card>& card) {
  std::uint64_t count = 0;
  const char* end = options.source.data() + options.source.size();
  const auto [stop, error] = std::from_chars(options.source.data(), end, count);
  const bool is_number = error == std::errc() && stop == end;
  if (is_number && count == 0) return GoldenCases();
  if (is_number && count > format::kGoldenCasesMax)
    return fail(ErrorKind::kResourceLimit, "--golden {}: {} golden cases are possible", options.source,
                format::kGoldenCasesMax);
  Engine engine = TRY(Engine::create(program));
  auto inputs = is_number ? noise_cases(engine, count, card) : TRY(folder_cases(options.source, engine));
  GoldenCases cases;
  for (CaseInputs& given : inputs) {
    auto golden =
        engine::record(engine, std::move(given.inputs), {.label = given.label, .tolerance = options.tolerance});
    if (!golden) return base::in_context(golden.error(), fmt::format("golden case '{}'", given.label));
    cases.push_back(std::move(*golden));
  }
  return cases;
}

}  // namespace hedge::app
