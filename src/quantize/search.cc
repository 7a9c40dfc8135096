#include "quantize/search.h"

#include <algorithm>

namespace hedge::quantize {
namespace {

void apply(Treatments& treatments, const Remedy& remedy) {
  Treatment& now = treatments[remedy.product];
  now.channel_scales |= remedy.treatment.channel_scales;
  now.activation_on_accumulator |= remedy.treatment.activation_on_accumulator;
  now.in_float |= remedy.treatment.in_float;
}

class Search {
 public:
  Search(const Graph& graph, const AllStatistics& statistics, const SearchOptions& options)
      : graph_(graph), statistics_(statistics), options_(options), ranges_(graph, statistics) {}

  Result<SearchResult> run() {
    // Whether correcting biases helps is measured, not believed.
    insert_.bias_correction = false;
    TRY(attempt({}, "everything in INT8"));
    insert_.bias_correction = true;
    if (!comfortable_) TRY(attempt({}, "with bias correction"));
    insert_.bias_correction = corrected_;
    best_.remedies = find_remedies(graph_, statistics_, best_.plan, ranges_);
    const std::vector<Remedy> integer = of_kind(best_.remedies, false);
    if (!comfortable_) TRY(grow({}, integer, "with {} treatments in INT8"));
    if (!best_.within_budget && options_.samples.count > 0) {
      moments_ = TRY(collect_moments(graph_, best_.plan.topology, options_.samples));
      insert_.moments = &moments_;
      TRY(attempt(best_.plan.treatments, "with weights rounded by their inputs"));
      insert_.moments = rounded_ ? &moments_ : nullptr;
    }
    if (!best_.within_budget) {
      const Treatments base = best_.plan.treatments;
      TRY(grow(base, by_cost(of_kind(find_remedies(graph_, statistics_, best_.plan, ranges_), true)),
               "with {} layers in float"));
    }
    return std::move(best_);
  }

 private:
  static std::vector<Remedy> of_kind(const std::vector<Remedy>& remedies, bool in_float) {
    std::vector<Remedy> kind;
    for (const Remedy& remedy : remedies)
      if (remedy.treatment.in_float == in_float) kind.push_back(remedy);
    return kind;
  }

  /// Most saved for each multiplication first.
  std::vector<Remedy> by_cost(std::vector<Remedy> remedies) const {
    const auto worth = [&](const Remedy& remedy) {
      const auto found = std::ranges::find(best_.plan.topology.products, remedy.product, &Product::name);
      return remedy.saves / static_cast<double>(std::max<std::int64_t>(found->macs, 1));
    };
    std::ranges::sort(remedies, [&](const Remedy& a, const Remedy& b) {
      return worth(a) != worth(b) ? worth(a) > worth(b) : a.product < b.product;
    });
    return remedies;
  }

  /// Applies the first 1, 2, 4, ... remedies until the budget holds, then as few of them as hold it.
  Status grow(const Treatments& base, const std::vector<Remedy>& remedies, const char* what) {
    const auto with = [&](std::size_t count) {
      Treatments treatments = base;
      for (std::size_t k = 0; k < count; ++k) apply(treatments, remedies[k]);
      return treatments;
    };
    const auto name = [&](std::size_t count) { return fmt::format(fmt::runtime(what), count); };
    std::size_t failed = 0, count = 1;
    bool held = false;
    for (; !remedies.empty() && failed < remedies.size(); count *= 2) {
      count = std::min(count, remedies.size());
      if (too_much_float(with(count))) break;
      held = TRY(attempt(with(count), name(count)));
      if (held || out_of_trials()) break;
      failed = count;
    }
    while (held && count - failed > std::max<std::size_t>(1, count / 8) && !out_of_trials()) {
      const std::size_t middle = failed + (count - failed) / 2;
      (TRY(attempt(with(middle), name(middle))) ? count : failed) = middle;
    }
    return {};
  }

  bool too_much_float(const Treatments& treatments) const {
    return float_share(find_topology(graph_, treatments)) > options_.float_share_max;
  }
  bool out_of_trials() const { return static_cast<int>(best_.trials.size()) >= options_.trials_max; }

  /// Builds and measures; keeps it where it is the first, within the budget with fewer treatments, or simply better.
  ///
  /// It aims at half of the budget, so that other data than these fit too: a first trial within that ends the search.
  Result<bool> attempt(const Treatments& treatments, std::string what) {
    Plan plan = make_plan(graph_, statistics_, treatments, ranges_);
    Graph quantized = TRY(insert_qdq(graph_, statistics_, plan, insert_));
    Trial trial{.what = std::move(what),
                .metric = TRY(options_.measure(quantized)),
                .float_share = float_share(plan.topology),
                .treated = static_cast<int>(plan.treatments.size())};
    if (options_.on_trial) options_.on_trial(trial);
    const double drop = options_.baseline - trial.metric;
    const bool holds = drop <= options_.max_drop, comfortable = drop <= options_.max_drop / 2;
    const bool better = best_.trials.empty() || (comfortable && (!comfortable_ || trial.treated < treated_)) ||
                        (!comfortable_ && trial.metric > best_.metric);
    best_.trials.push_back(trial);
    if (better) {
      best_.graph = std::move(quantized);
      best_.plan = std::move(plan);
      best_.metric = trial.metric;
      best_.kept = best_.trials.size() - 1;
      best_.within_budget = holds;
      comfortable_ = comfortable;
      corrected_ = insert_.bias_correction;
      rounded_ = insert_.moments != nullptr;
      treated_ = trial.treated;
    }
    return comfortable;
  }

  const Graph& graph_;
  const AllStatistics& statistics_;
  const SearchOptions& options_;
  RangeMemo ranges_;
  InsertOptions insert_;
  AllMoments moments_;
  SearchResult best_;
  int treated_ = 0;
  bool comfortable_ = false, corrected_ = false, rounded_ = false;  ///< of the best
};

}  // namespace

Result<SearchResult> search(const Graph& graph, const AllStatistics& statistics, const SearchOptions& options) {
  return Search(graph, statistics, options).run();
}

double float_share(const Topology& topology) {
  std::int64_t all = 0, in_float = 0;
  for (const Product& product : topology.products) {
    all += product.macs;
    in_float += product.in_float ? product.macs : 0;
  }
  return all > 0 ? static_cast<double>(in_float) / static_cast<double>(all) : 0;
}

}  // namespace hedge::quantize
