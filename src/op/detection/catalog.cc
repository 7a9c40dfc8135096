#include "op/catalog.h"

namespace hedge::op {

Catalog detection_catalog() {
  return {};
}

}  // namespace hedge::op
