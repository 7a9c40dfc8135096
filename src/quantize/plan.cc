#include "quantize/plan.h"

#include <algorithm>
#include <cmath>

#include "kernel/activation.h"
#include "quantize/channel_scales.h"

namespace hedge::quantize {
namespace {

/// The function behind a product's output where it becomes bytes before it: a table will compute it.
Function curved_function(const Graph& graph, const Product& product) {
  if (product.activated == ValueId::kNone) return {};
  const Node& node = *graph.producer_of(product.activated);
  kernel::Activation kind = kernel::Activation::kNone;
  if (node.is("Mul")) {
    const Node* gate = graph.producer_of(node.input(node.input(0) == product.output ? 1 : 0));
    kind = gate != nullptr && gate->is("Sigmoid") ? kernel::Activation::kSilu : kernel::Activation::kHardSwish;
  }
  if (node.is("Sigmoid")) kind = kernel::Activation::kSigmoid;
  if (node.is("HardSwish")) kind = kernel::Activation::kHardSwish;
  if (node.is("Tanh")) kind = kernel::Activation::kTanh;
  if (node.is("Gelu")) kind = kernel::Activation::kGelu;
  if (kind == kernel::Activation::kNone) return {};
  return [kind](double x) { return static_cast<double>(kernel::apply(kind, static_cast<float>(x), 0, 0)); };
}

const Product* product_with_output(const Topology& topology, ValueId value) {
  const auto found = std::ranges::find(topology.products, value, &Product::output);
  return found != topology.products.end() ? &*found : nullptr;
}

/// A site that only a concatenation reads takes the scale of the whole, so that nothing is rounded twice.
ValueId concatenated_into(const Graph& graph, const Topology& topology, ValueId site) {
  if (!graph.has_single_consumer(site)) return ValueId::kNone;
  const Node& reader = graph.node(graph.consumers(site)[0]);
  if (!reader.is("Concat")) return ValueId::kNone;
  const auto whole = topology.site_of.find(reader.output());
  return whole != topology.site_of.end() && whole->second == reader.output() ? reader.output() : ValueId::kNone;
}

/// The treatments with what they entail.
Treatments completed(const Graph& graph, const Treatments& treatments) {
  Treatments result = treatments;
  const Topology topology = find_topology(graph, treatments);
  for (const Product& reader : topology.products) {
    const auto treated = treatments.find(reader.name);
    if (treated == treatments.end() || !treated->second.channel_scales) continue;
    const Product* maker = maker_of_scales(graph, topology, reader);
    if (maker != nullptr && maker->activated != ValueId::kNone) result[maker->name].activation_on_accumulator = true;
  }
  return result;
}

}  // namespace

const SitePlan* Plan::site(ValueId value) const {
  const auto found = topology.site_of.find(value);
  if (found == topology.site_of.end()) return nullptr;
  const auto plan = sites.find(found->second);
  return plan != sites.end() ? &plan->second : nullptr;
}

std::vector<ValueId> values_to_watch(const Graph& graph) {
  const Topology topology = find_topology(graph, {});
  std::vector<ValueId> values = topology.sites;
  for (const Product& product : topology.products)
    if (std::ranges::find(values, product.output) == values.end()) values.push_back(product.output);
  return values;
}

Plan make_plan(const Graph& graph, const AllStatistics& statistics, const Treatments& treatments, RangeMemo& ranges) {
  Plan plan{.treatments = completed(graph, treatments), .topology = {}, .sites = {}};
  plan.topology = find_topology(graph, plan.treatments);
  for (const ValueId site : plan.topology.sites) {
    const auto found = statistics.find(site);
    if (found == statistics.end()) continue;
    SitePlan& planned = plan.sites[site];
    planned.factors = channel_factors(graph, plan.topology, plan.treatments, site, found->second, ranges);
    const Product* product = product_with_output(plan.topology, site);
    const Function function = product != nullptr ? curved_function(graph, *product) : Function();
    planned.range = ranges.of(site, planned.factors, function ? product : nullptr, function);
  }
  for (const ValueId site : plan.topology.sites)
    if (const ValueId whole = concatenated_into(graph, plan.topology, site);
        whole != ValueId::kNone && plan.sites.contains(whole) && plan.sites[site].factors.empty())
      plan.sites[site].range = plan.sites[whole].range;
  return plan;
}

std::vector<Remedy> find_remedies(const Graph& graph, const AllStatistics& statistics, const Plan& plan,
                                  RangeMemo& ranges) {
  std::vector<Remedy> remedies;
  for (const Product& product : plan.topology.products) {
    if (product.in_float) continue;
    const auto found = plan.treatments.find(product.name);
    const Treatment now = found != plan.treatments.end() ? found->second : Treatment{};
    const auto pre = plan.sites.find(product.output);
    if (product.activated != ValueId::kNone && pre != plan.sites.end() && !now.activation_on_accumulator &&
        plan.sites.contains(product.activated))
      remedies.push_back({product.name, {.activation_on_accumulator = true}, pre->second.range.noise});
    const SitePlan* input = plan.site(product.input);
    if (input == nullptr) continue;
    if (!now.channel_scales && input->factors.empty() && maker_of_scales(graph, plan.topology, product) != nullptr) {
      const ValueId site = plan.topology.site_of.at(product.input);
      const double better = noise_with_scales(graph, plan.topology, site, statistics.at(site), ranges);
      remedies.push_back({product.name, {.channel_scales = true}, input->range.noise - better});
    }
    remedies.push_back({product.name, {.in_float = true}, input->range.noise});
  }
  std::erase_if(remedies, [](const Remedy& remedy) { return !(remedy.saves > 0); });
  std::ranges::sort(remedies, [](const Remedy& a, const Remedy& b) {
    return a.saves != b.saves ? a.saves > b.saves : a.product < b.product;
  });
  return remedies;
}

}  // namespace hedge::quantize
