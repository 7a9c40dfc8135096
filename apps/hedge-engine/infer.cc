// hedge-engine infer: one inference on tensors from files.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "format/npy.h"
#include "hedge-engine/command.h"

namespace hedge::app {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;

Status read_into(const fs::path& file, const engine::Port& port, const tensor::TensorView& view) {
  const std::size_t size = port.type.size_bytes();
  if (file.extension() == ".npy") {
    const tensor::Tensor tensor = TRY(format::read_npy(file));
    if (!(tensor.type() == port.type))
      return fail(ErrorKind::kUsage, "{} is {}, input '{}' is {}", file.string(), tensor.type().to_string(), port.name,
                  port.type.to_string());
    std::ranges::copy(tensor.bytes(), view.data);
    return {};
  }
  if (port.type.dtype == tensor::DType::kBool)
    return fail(ErrorKind::kUsage, "{}: input '{}' is of bools: give a .npy", file.string(), port.name);
  const std::vector<std::byte> bytes = TRY(base::read_file(file, size));
  if (bytes.size() != size)
    return fail(ErrorKind::kUsage, "{} has {} bytes, input '{}' ({}) takes {}", file.string(), bytes.size(), port.name,
                port.type.to_string(), size);
  std::ranges::copy(bytes, view.data);
  return {};
}

Status read_inputs(const Arguments& arguments, engine::Engine& engine) {
  const std::vector<engine::Port>& ports = engine.inputs();
  std::vector<bool> given(ports.size());
  for (const std::string& text : arguments.all("--input")) {
    const std::size_t at = text.rfind('=');
    const std::string name = at != std::string::npos ? text.substr(0, at) : ports.size() == 1 ? ports[0].name : "";
    const auto port = std::ranges::find(ports, name, &engine::Port::name);
    if (port == ports.end()) {
      std::string names;
      for (const engine::Port& known : ports) names += " " + known.name;
      return fail(ErrorKind::kUsage, "--input {}: write NAME=FILE with one of:{}", text, names);
    }
    const auto index = static_cast<std::size_t>(port - ports.begin());
    TRY(read_into(at != std::string::npos ? text.substr(at + 1) : text, *port, engine.input(static_cast<int>(index))));
    given[index] = true;
  }
  for (std::size_t k = 0; k < ports.size(); ++k)
    if (!given[k])
      return fail(ErrorKind::kUsage, "input '{}' ({}) is not given: --input {}=FILE", ports[k].name,
                  ports[k].type.to_string(), ports[k].name);
  return {};
}

}  // namespace

Result<int> run_infer(const Arguments& arguments) {
  const fs::path directory = arguments.text("--output", "");
  if (directory.empty()) return fail(ErrorKind::kUsage, "--output DIRECTORY is missing");
  engine::Engine engine = TRY(open_engine(arguments));
  TRY(read_inputs(arguments, engine));
  TRY(engine.run());
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return fail(ErrorKind::kIo, "{}: {}", directory.string(), error.message());
  for (std::size_t k = 0; k < engine.outputs().size(); ++k) {
    std::string name = engine.outputs()[k].name;
    std::ranges::replace(name, '/', '_');
    const fs::path path = directory / (name + ".npy");
    const auto bytes = format::encode_npy(tensor::Tensor::copy_of(engine.output(static_cast<int>(k))));
    TRY(base::write_file(path, std::span<const std::byte>(bytes)));
    fmt::print("{}: {}\n", path.string(), engine.outputs()[k].type.to_string());
  }
  return kOk;
}

}  // namespace hedge::app
