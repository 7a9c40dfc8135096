#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "report/escape.h"
#include "report/figures.h"
#include "report/page.h"
#include "report/svg_plots.h"

namespace hedge::report {
namespace {

constexpr std::size_t kWorstShown = 5;

/// A name as text that may break behind a slash. It may run from right to left: <bdi> keeps that inside.
std::string name_text(const std::string& text) {
  std::string html;
  for (const char c : html_text(text)) {
    html += c;
    if (c == '/') html += "<wbr>";
  }
  return fmt::format("<bdi>{}</bdi>", html);
}

std::string name_cell(const std::string& text) { return fmt::format(R"(<td class="name">{}</td>)", name_text(text)); }

std::string summary(const QuantizeReport& report, const std::array<double, kPrecisionCount>& shares) {
  const Metric& metric = report.metric;
  std::string html = fmt::format("<h1>{}</h1>\n<p class=\"quiet\">Quantization report, {}</p>\n",
                                 html_text(report.model), html_text(report.origin.date));
  html += fmt::format("<p class=\"verdict {}\"><b>{}</b> {}{}.</p>\n", metric.holds ? "good" : "bad",
                      metric.holds ? "Within the budget." : "Over the budget.", html_text(verdict_text(metric)),
                      metric.measured_on.empty() ? "" : ", measured on " + html_text(metric.measured_on));
  if (!report.advice.empty()) html += fmt::format("<p>{}</p>\n", html_text(report.advice));
  const auto fact = [&](const std::string& term, const std::string& value, const std::string& small) {
    html += fmt::format("<div><dt>{}</dt><dd>{} <small>{}</small></dd></div>\n", html_text(term), html_text(value),
                        html_text(small));
  };
  html += "<dl class=\"facts\">\n";
  const double times =
      report.bytes_after > 0 ? static_cast<double>(report.bytes_before) / static_cast<double>(report.bytes_after) : 0;
  fact("size", bytes_text(report.bytes_after), "from " + bytes_text(report.bytes_before));
  fact("smaller", times > 0 ? fmt::format("{:.2f} times", times) : "-", "");
  fact(metric.name, number_text(metric.after), "from " + number_text(metric.before));
  const double all = std::accumulate(shares.begin(), shares.end(), 0.0);
  fact("multiply-adds in integers",
       all > 0 ? percent_text(1 - shares[static_cast<std::size_t>(Precision::kFloat)]) : "-",
       fmt::format("in {} layers", report.layers.size()));
  return html + "</dl>\n";
}

std::string metric_section(const QuantizeReport& report) {
  return heading("metric", "Before and after") +
         fmt::format(
             "<figure><div class=\"scroll\">{}</div><figcaption>{}, {}. The band is what the budget allows, its "
             "strong edge the limit.</figcaption></figure>\n",
             metric_plot(report.metric), html_text(report.metric.name), html_text(report.metric.measured_on));
}

std::string precision_section(const std::array<double, kPrecisionCount>& shares) {
  std::string html = heading("precision", "Multiply-adds by precision");
  if (std::ranges::all_of(shares, [](double share) { return share == 0; }))
    return html + none("No layer has multiply-adds.");
  html += fmt::format("<figure><div class=\"plain\">{}</div><ul class=\"legend\">", precision_plot(shares));
  for (int k = 0; k < kPrecisionCount; ++k)
    if (shares[static_cast<std::size_t>(k)] > 0)
      html += fmt::format("<li><i class=\"precision{}\"></i>{} {}</li>", k, to_string(static_cast<Precision>(k)),
                          html_text(percent_text(shares[static_cast<std::size_t>(k)])));
  return html + "</ul></figure>\n";
}

std::string sqnr_section(const QuantizeReport& report, const std::vector<std::size_t>& worst) {
  std::string html = heading("sqnr", "Signal over quantization noise");
  if (report.layers.empty()) return html + none("The report has no layers.");
  html += fmt::format("<figure><div class=\"scroll\">{}</div><ul class=\"legend\">", sqnr_plot(report.layers, worst));
  html +=
      "<li><i class=\"bar\"></i>output of a layer</li><li><i class=\"bar worst\"></i>the worst</li>"
      "<li><i class=\"bar kept\"></i>stays in float</li><li><i class=\"weights\"></i>its weights</li></ul>";
  html += "<figcaption>6 dB more is half the error. A bar that reaches the top goes on beyond it.</figcaption>";
  if (!worst.empty()) html += "<ol class=\"worst\">\n";
  for (const std::size_t k : worst) {
    const Layer& layer = report.layers[k];
    html += fmt::format("<li><span class=\"name\">{}</span> {}, {} dB, {}</li>\n", name_text(layer.name),
                        html_text(layer.op), sqnr_text(layer.output_sqnr_db), to_string(layer.precision));
  }
  return html + (worst.empty() ? "" : "</ol>\n") + "</figure>\n";
}

std::string islands_section(const QuantizeReport& report) {
  std::string html = heading("islands", "What stays in float");
  if (report.islands.empty()) return html + none("Nothing.");
  std::string rows;
  for (const FloatIsland& island : report.islands)
    rows += "<tr>" + name_cell(joined(island.ops, ", ")) + cell(island.why, "why") +
            cell(percent_text(island.macs_share), "n") + cell(number_text(island.cost_ms), "n") + "</tr>\n";
  return html + table({{"operators"}, {"why"}, {"multiply-adds", true}, {"cost, ms (estimated)", true}}, rows);
}

std::string trials_section(const QuantizeReport& report) {
  std::string html = heading("search", "What the search tried");
  if (report.trials.empty()) return html + none("There was no search.");
  double smallest = HUGE_VAL, largest = -HUGE_VAL;
  for (const Trial& trial : report.trials) {
    if (!std::isfinite(trial.metric)) continue;
    smallest = std::min(smallest, trial.metric);
    largest = std::max(largest, trial.metric);
  }
  std::string rows;
  for (std::size_t k = 0; k < report.trials.size(); ++k) {
    const Trial& trial = report.trials[k];
    rows += "<tr>" + cell(std::to_string(k + 1), "n") + cell(trial.tried, "why") +
            cell(number_text(trial.metric), "n") + drawn_cell(dot_plot(trial.metric, smallest, largest)) +
            cell(trial.kept ? "kept" : "", "nowrap") + "</tr>\n";
  }
  return html + table({{"", true}, {"tried"}, {"metric", true}, {""}, {""}}, rows);
}

std::string layers_section(const QuantizeReport& report, const std::vector<std::size_t>& worst) {
  std::string html = heading("layers", "Layers");
  if (report.layers.empty()) return html + none("The report has no layers.");
  double longest = 0;
  for (const Layer& layer : report.layers) longest = std::max(longest, finite_or(layer.time_share, 0));
  std::string rows;
  for (std::size_t k = 0; k < report.layers.size(); ++k) {
    const Layer& layer = report.layers[k];
    const bool bad = std::ranges::find(worst, k) != worst.end();
    rows += "<tr>" + cell(std::to_string(k + 1), "n") + name_cell(layer.name) + cell(layer.op, "op") +
            cell(count_text(layer.macs), "n") + cell(sqnr_text(layer.output_sqnr_db), bad ? "n worst" : "n") +
            cell(sqnr_text(layer.weight_sqnr_db), "n") + cell(to_string(layer.precision)) + cell(layer.reason, "why") +
            cell(percent_text(layer.time_share), "n") + drawn_cell(share_plot(layer.time_share, longest)) + "</tr>\n";
  }
  return html + table({{"", true},
                       {"layer"},
                       {"operator"},
                       {"MACs", true},
                       {"output dB", true},
                       {"weights dB", true},
                       {"precision"},
                       {"reason"},
                       {"time, est.", true},
                       {""}},
                      rows);
}

std::string calibration_section(const QuantizeReport& report) {
  std::string html = heading("calibration", "Calibration");
  html += fmt::format("<p>{} samples.", report.calibration.samples);
  if (report.calibration.tensors.empty()) return html + "</p>\n" + none("No tensor was calibrated.");
  html +=
      " Each plot has the scale of its own tensor.</p><ul class=\"legend\"><li><i class=\"seen\"></i>values seen</li>"
      "<li><i class=\"chosen\"></i>range chosen; what lies outside is clipped</li></ul>\n";
  std::string rows;
  for (const TensorRange& range : report.calibration.tensors)
    rows += "<tr>" + name_cell(range.tensor) + drawn_cell(range_plot(range)) + cell(number_text(range.min), "n") +
            cell(number_text(range.max), "n") + cell(number_text(range.low), "n") + cell(number_text(range.high), "n") +
            cell(range.method, "nowrap") + cell(percent_text(range.clipped_share), "n") + "</tr>\n";
  return html + table({{"tensor"},
                       {""},
                       {"min", true},
                       {"max", true},
                       {"low", true},
                       {"high", true},
                       {"method"},
                       {"clipped", true}},
                      rows);
}

std::string origin_section(const QuantizeReport& report) {
  std::string html = heading("origin", "How this was made");
  html += fmt::format("<pre>{}</pre>\n<p class=\"quiet\">", html_text(report.origin.command));
  for (const auto& [what, version] : report.origin.versions)
    html += fmt::format("{} {}; ", html_text(what), html_text(version));
  return html + html_text(report.origin.date) + "</p>\n";
}

}  // namespace

std::string render_quantize_html(const QuantizeReport& report) {
  const auto shares = macs_by_precision(report);
  const auto worst = worst_layers(report, kWorstShown);
  std::string html = page_begin(report.model + ": quantization");
  html += summary(report, shares);
  html +=
      "<nav><a href=\"#metric\">before and after</a> <a href=\"#precision\">precision</a> <a href=\"#sqnr\">SQNR</a> "
      "<a href=\"#islands\">float</a> <a href=\"#search\">search</a> <a href=\"#layers\">layers</a> "
      "<a href=\"#calibration\">calibration</a> <a href=\"#origin\">origin</a></nav>\n";
  html += metric_section(report) + precision_section(shares) + sqnr_section(report, worst) + islands_section(report) +
          trials_section(report) + layers_section(report, worst) + calibration_section(report) + origin_section(report);
  return html + page_end();
}

}  // namespace hedge::report
