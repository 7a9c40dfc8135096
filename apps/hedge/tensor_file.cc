#include "hedge/tensor_file.h"

#include "format/npy.h"

namespace hedge::app {

base::Result<graph::NamedTensor> read_tensor_file(const std::filesystem::path& path) {
  if (path.extension() == ".npy") return graph::NamedTensor{"", TRY(format::read_npy(path))};
  if (path.extension() == ".pb") return graph::read_tensor_pb(path);
  return base::fail(base::ErrorKind::kUsage, "{}: neither .npy nor .pb", path.string());
}

}  // namespace hedge::app
