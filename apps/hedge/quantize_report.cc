#include "hedge/quantize_report.h"

#include <algorithm>

#include "compile/compile.h"
#include "engine/engine.h"
#include "program/step_cost.h"

namespace hedge::app {
namespace {

using report::Precision;

/// Nanoseconds of a product in INT8 and in float, for shares only: multiplications and answers a second of one core.
double estimated_time(const quantize::Product& product, double outputs) {
  const double macs = static_cast<double>(product.macs);
  return product.in_float ? macs / 50 + outputs / 2 : macs / 200 + outputs / 8;
}

bool has_channel_scales(const quantize::Plan& plan, const quantize::Product& product) {
  const quantize::SitePlan* input = plan.site(product.input);
  return input != nullptr && !input->factors.empty();
}

bool is_on_accumulator(const quantize::Plan& plan, const quantize::Product& product) {
  const auto treated = plan.treatments.find(product.name);
  return product.activated != graph::ValueId::kNone && treated != plan.treatments.end() &&
         treated->second.activation_on_accumulator;
}

std::vector<report::Layer> layers_of(const QuantizeFindings& findings) {
  const quantize::Plan& plan = findings.result.plan;
  std::vector<report::Layer> layers;
  double total = 0;
  for (std::size_t k = 0; k < plan.topology.products.size(); ++k) {
    const quantize::Product& product = plan.topology.products[k];
    report::Layer layer{.name = product.name,
                        .op = findings.graph.node(product.node).op_type,
                        .macs = static_cast<double>(product.macs)};
    if (k < findings.noise.size()) {
      layer.output_sqnr_db = findings.noise[k].output_sqnr_db;
      layer.weight_sqnr_db = findings.noise[k].weight_sqnr_db;
    }
    if (product.in_float) {
      layer.precision = Precision::kFloat;
      layer.reason = "saves the most noise for each multiplication that leaves INT8";
    } else if (has_channel_scales(plan, product)) {
      layer.precision = Precision::kInt8ChannelScales;
      layer.reason = "the channels of its input differ widely in range";
    } else if (is_on_accumulator(plan, product)) {
      layer.precision = Precision::kInt8AccumulatorActivation;
      layer.reason = "a byte before the activation would be too coarse";
    }
    layer.time_share =
        estimated_time(product, static_cast<double>(findings.graph.value(product.output).type.elements()));
    total += layer.time_share;
    layers.push_back(std::move(layer));
  }
  for (report::Layer& layer : layers) layer.time_share /= std::max(total, 1e-9);
  return layers;
}

report::Calibration calibration_of(const QuantizeFindings& findings) {
  report::Calibration calibration{.samples = findings.calibration_samples};
  for (const graph::ValueId site : findings.result.plan.topology.sites) {
    const auto planned = findings.result.plan.sites.find(site);
    const auto seen = findings.statistics.find(site);
    if (planned == findings.result.plan.sites.end() || seen == findings.statistics.end()) continue;
    const quantize::Range& range = planned->second.range;
    const double widest = static_cast<double>(
        planned->second.factors.empty() ? 1.0f : *std::ranges::max_element(planned->second.factors));
    calibration.tensors.push_back({.tensor = findings.graph.value(site).name,
                                   .min = static_cast<double>(seen->second.low()),
                                   .max = static_cast<double>(seen->second.high()),
                                   .low = static_cast<double>(range.low),
                                   .high = static_cast<double>(range.high),
                                   .method = range.method + (widest != 1.0 ? ", channel scales" : ""),
                                   .clipped_share = range.clipped});
  }
  return calibration;
}

/// The layers that the search would treat next, for the sentence on what to do.
std::string blamed(const QuantizeFindings& findings) {
  std::vector<std::string> names;
  for (const quantize::Remedy& remedy : findings.result.remedies)
    if (std::ranges::find(names, remedy.product) == names.end() && names.size() < 3) names.push_back(remedy.product);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string advice_for(const QuantizeFindings& findings, bool holds) {
  const double drop = findings.baseline - findings.result.metric;
  const double in_float = quantize::float_share(findings.result.plan.topology);
  if (!holds)
    return fmt::format(
        "The budget is missed by {:.2f} points; most noise comes from {}: add calibration samples like those of the "
        "field, allow a larger drop, or train with quantization in mind.",
        drop - findings.max_drop, blamed(findings));
  if (in_float > 0)
    return fmt::format(
        "The budget holds with {:.1f} % of the multiplications in float; a larger --max-drop makes it faster.",
        100 * in_float);
  if (findings.calibration_samples < 32)
    return fmt::format(
        "The budget holds, but {} calibration samples are few: try with a hundred before you rely on it.",
        findings.calibration_samples);
  return "The budget holds with every product in INT8: compile it, and let hedge verify check it on the device.";
}

}  // namespace

base::Result<std::vector<report::FloatIsland>> float_islands(const graph::Graph& quantized) {
  constexpr int kRuns = 5;
  const compile::CompileOptions options{.isa = TRY(kernel::usable_isa())};
  engine::Engine engine = TRY(engine::Engine::create(TRY(compile::compile(quantized, options))));
  const program::Program& program = engine.program();
  std::vector<engine::StepTime> times(program.steps.size());
  std::vector<double> best(program.steps.size(), 1e30);
  for (int run = 0; run < kRuns; ++run) {
    TRY(engine.run_timed(times));
    for (std::size_t k = 0; k < times.size(); ++k)
      best[k] = std::min(best[k], static_cast<double>(times[k].nanoseconds) * 1e-6);
  }
  const auto macs = static_cast<double>(std::max<std::int64_t>(program::total_macs(program), 1));
  std::vector<report::FloatIsland> islands;
  bool open = false;
  for (std::size_t k = 0; k < program.steps.size(); ++k) {
    const program::Step& step = program.steps[k];
    const program::StepCost cost = program::step_cost(program, step);
    if (cost.is_float && !open) islands.emplace_back();
    open = cost.is_float;
    if (!cost.is_float) continue;
    islands.back().ops.push_back(step.op);
    islands.back().macs_share += static_cast<double>(cost.macs) / macs;
    islands.back().cost_ms += best[k];
    if (step.op == "Conv" || step.op == "Gemm")
      islands.back().why = "chosen by the search";
    else if (islands.back().why.empty())
      islands.back().why =
          step.op == "QuantizeLinear" ? "the input becomes bytes" : "behind the last product, or no integer form";
  }
  return islands;
}

base::Result<report::QuantizeReport> make_quantize_report(const QuantizeFindings& findings) {
  const quantize::SearchResult& result = findings.result;
  const double drop = findings.baseline - result.metric;
  report::QuantizeReport report;
  report.metric = {.name = findings.metric,
                   .measured_on = findings.measured_on,
                   .before = findings.baseline,
                   .after = result.metric,
                   .drop = drop,
                   .budget = findings.max_drop,
                   .holds = result.within_budget};
  report.layers = layers_of(findings);
  report.islands = TRY(float_islands(result.graph));
  report.calibration = calibration_of(findings);
  for (std::size_t k = 0; k < result.trials.size(); ++k)
    report.trials.push_back(
        {.tried = result.trials[k].what, .metric = result.trials[k].metric, .kept = k == result.kept});
  report.advice = advice_for(findings, result.within_budget);
  return report;
}

}  // namespace hedge::app
