#include "quantize/range_memo.h"

#include "quantize/channel_scales.h"

namespace hedge::quantize {

const Range& RangeMemo::of(ValueId site, const std::vector<float>& factors, const Product* product,
                           const Function& function) {
  const auto [found, is_new] = known_.try_emplace({site, factors, product != nullptr});
  if (!is_new) return found->second;
  const Statistics& statistics = statistics_.at(site);
  const std::vector<double>& worth = weights_.of(product != nullptr ? product->activated : site);
  found->second = factors.empty() ? choose_range(statistics, worth, function)
                                  : choose_range(multiplied(statistics, factors), divided_weights(worth, factors));
  return found->second;
}

}  // namespace hedge::quantize
