// Writes the seeds of fuzz/onnx_import: small models that we build here, and ONNX's own node tests where Debian's
// libonnx-testdata is installed.
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "graph/onnx_export.h"

namespace hedge {
namespace {

namespace fs = std::filesystem;
using graph::Graph;
using tensor::DType;
using tensor::Shape;
using tensor::Tensor;

constexpr const char* kNodeTests = "/usr/share/libonnx-testdata/data/node";
constexpr std::uintmax_t kSeedBytesMax = 8192;

Graph convolution() {
  Graph graph;
  graph.opsets[""] = 17;
  const auto x = graph.add_value("x", {DType::kF32, Shape{1, 2, 5, 5}});
  const auto weights = graph.add_constant("w", Tensor(DType::kF32, Shape{3, 2, 3, 3}));
  graph.inputs = {x};
  op::Attributes attributes;
  attributes.set("pads", std::vector<std::int64_t>{1, 1, 1, 1});
  const auto y = graph.add_node("Conv", {x, weights}, attributes, "y", {DType::kF32, Shape{1, 3, 5, 5}});
  graph.outputs = {graph.add_node("Relu", {y}, {}, "z", {DType::kF32, Shape{1, 3, 5, 5}})};
  return graph;
}

Graph shape_arithmetic() {
  Graph graph;
  graph.opsets[""] = 17;
  const auto x = graph.add_value("x", {DType::kF32, Shape{2, 3, 4}});
  graph.inputs = {x};
  const auto shape = graph.add_node("Shape", {x}, {}, "shape", {DType::kI64, Shape{3}});
  const auto two = graph.add_constant("two", Tensor::scalar<std::int64_t>(2));
  op::Attributes axis;
  axis.set("axis", std::int64_t{0});
  const auto last = graph.add_node("Gather", {shape, two}, axis, "last", {DType::kI64, Shape{}});
  const auto zero = graph.add_constant("zero", Tensor::of<std::int64_t>(Shape{1}, {0}));
  const auto tail = graph.add_node("Unsqueeze", {last, zero}, {}, "tail", {DType::kI64, Shape{1}});
  const auto any = graph.add_constant("any", Tensor::of<std::int64_t>(Shape{1}, {-1}));
  const auto target = graph.add_node("Concat", {any, tail}, axis, "target", {DType::kI64, Shape{2}});
  graph.outputs = {graph.add_node("Reshape", {x, target}, {}, "y", {DType::kF32, Shape{6, 4}})};
  return graph;
}

base::Status write_seeds(const fs::path& corpus) {
  fs::create_directories(corpus);
  TRY(base::write_file(corpus / "convolution", TRY(graph::export_onnx(convolution()))));
  TRY(base::write_file(corpus / "shape_arithmetic", TRY(graph::export_onnx(shape_arithmetic()))));
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(kNodeTests, absent)) {
    const fs::path model = entry.path() / "model.onnx";
    if (!fs::exists(model) || fs::file_size(model) > kSeedBytesMax) continue;
    fs::copy_file(model, corpus / entry.path().filename(), fs::copy_options::overwrite_existing);
  }
  return {};
}

}  // namespace
}  // namespace hedge

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_onnx_import_seeds DIRECTORY\n");
    return 2;
  }
  const auto status = hedge::write_seeds(argv[1]);
  if (!status) std::fprintf(stderr, "fuzz_onnx_import_seeds: %s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
