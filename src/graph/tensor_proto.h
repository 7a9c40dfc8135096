// ONNX TensorProto <-> Tensor: for initializers and for the .pb files of ONNX's test layout.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace onnx {
class TensorProto;
}

namespace hedge::graph {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

Result<Tensor> tensor_from_proto(const onnx::TensorProto& proto);
void tensor_to_proto(const Tensor& tensor, onnx::TensorProto& proto);
Result<NamedTensor> parse_tensor_pb(std::span<const std::byte> bytes);
Result<NamedTensor> read_tensor_pb(const std::filesystem::path& path);
std::vector<std::byte> serialize_tensor_pb(const std::string& name, const Tensor& tensor);

}  // namespace hedge::graph
