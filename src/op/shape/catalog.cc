#include "op/catalog.h"

namespace hedge::op {

Catalog shape_catalog() {
  return {};
}

}  // namespace hedge::op
