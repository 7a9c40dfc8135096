// A tensor from a file that a user names: NumPy's .npy or ONNX's .pb.
#pragma once

#include <filesystem>

#include "graph/tensor_proto.h"

namespace hedge::app {

/// By extension; any other is kUsage. A .npy has no name.
base::Result<graph::NamedTensor> read_tensor_file(const std::filesystem::path& path);

}  // namespace hedge::app
