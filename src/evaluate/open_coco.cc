#include "evaluate/readers.h"
namespace hedge::evaluate {
base::Result<DatasetPtr> open_coco(const std::filesystem::path& path, const Card& card,
                                   const std::filesystem::path& images) {
  return base::fail(base::ErrorKind::kUnsupported, "{}: later", path.string());
}
}  // namespace hedge::evaluate
