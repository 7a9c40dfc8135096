#include "op/catalog.h"

namespace hedge::op {

Catalog hedge_catalog() {
  return {};
}

}  // namespace hedge::op
