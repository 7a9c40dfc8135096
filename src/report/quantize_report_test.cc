#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>

#include <nlohmann/json.hpp>

#include "report/balanced.h"
#include "report/escape.h"
#include "report/figures.h"
#include "report/sample_report.h"

namespace hedge::report {
namespace {

using nlohmann::json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Every text of the report.
std::vector<std::string*> texts(QuantizeReport& report) {
  std::vector<std::string*> all = {&report.model,  &report.metric.name,    &report.metric.measured_on,
                                   &report.advice, &report.origin.command, &report.origin.date};
  for (Layer& layer : report.layers) all.insert(all.end(), {&layer.name, &layer.op, &layer.reason});
  for (FloatIsland& island : report.islands) {
    for (std::string& op : island.ops) all.push_back(&op);
    all.push_back(&island.why);
  }
  for (TensorRange& range : report.calibration.tensors) all.insert(all.end(), {&range.tensor, &range.method});
  for (Trial& trial : report.trials) all.push_back(&trial.tried);
  for (auto& [what, version] : report.origin.versions) all.insert(all.end(), {&what, &version});
  return all;
}

/// Every number of the report.
std::vector<double*> numbers(QuantizeReport& report) {
  std::vector<double*> all = {&report.metric.before, &report.metric.after, &report.metric.drop, &report.metric.budget};
  for (Layer& layer : report.layers) {
    all.insert(all.end(), {&layer.macs, &layer.time_share});
    if (layer.output_sqnr_db) all.insert(all.end(), {&*layer.output_sqnr_db, &*layer.weight_sqnr_db});
  }
  for (FloatIsland& island : report.islands) all.insert(all.end(), {&island.macs_share, &island.cost_ms});
  for (TensorRange& range : report.calibration.tensors)
    all.insert(all.end(), {&range.min, &range.max, &range.low, &range.high, &range.clipped_share});
  for (Trial& trial : report.trials) all.push_back(&trial.metric);
  return all;
}

const std::string kHostile =
    std::string("\"'><script>alert(1)</script><!--&amp;\x1b[2J\n\xff\xc0\xaf\xe2\x80\xae") + '\0';

QuantizeReport hostile_report() {
  QuantizeReport report = sample_report(6);
  for (std::string* text : texts(report)) *text = kHostile;
  return report;
}

void expect_terminal_text(const std::string& text) {
  EXPECT_TRUE(std::ranges::none_of(
      text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F; }));
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin)) {
    const auto bytes = std::string_view(text).substr(begin, end - begin);
    const auto characters = std::ranges::count_if(bytes, [](char c) { return (c & 0xC0) != 0x80; });
    EXPECT_LE(characters, 100) << bytes;
    EXPECT_FALSE(bytes.ends_with(' ')) << bytes;
  }
}

TEST(QuantizeHtml, IsOnePageThatFetchesNothing) {
  const std::string html = render_quantize_html(sample_report());
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>\n"));
  EXPECT_TRUE(html.ends_with("</html>\n"));
  EXPECT_EQ(unbalanced(html), "");
  for (const std::string_view fetches : {"<script", "<link", "<img", "src=", "url(", "@import", "://", "javascript"})
    EXPECT_EQ(count_of(html, fetches), 0u) << fetches;
  EXPECT_EQ(count_of(html, "default-src 'none'"), 1u);
  EXPECT_EQ(count_of(html, "prefers-color-scheme: dark"), 1u);
  for (const std::string_view said : {"Within the budget.", "AP50 fell by 0.0056, 0.01 is allowed", "158 kB",
                                      "from 492 kB", "percentile 99.99", "SiLU of a wide accumulator", "2026-11-24"})
    EXPECT_GE(count_of(html, said), 1u) << said;
}

TEST(QuantizeHtml, EveryLayerHasABarAndARow) {
  for (const int layers : {1, 2, 46, 120, 1000}) {
    const QuantizeReport report = sample_report(layers);
    const std::string html = render_quantize_html(report);
    EXPECT_EQ(unbalanced(html), "");
    for (const Layer& layer : {report.layers.front(), report.layers.back()})
      EXPECT_GE(count_of(html, fmt::format(". {} ({}): output", layer.name, layer.op)), 1u) << layers;
    const std::size_t bars = count_of(html, "dB, weights ");
    EXPECT_EQ(bars, report.layers.size());
    const auto worst = std::min<std::size_t>(5, worst_layers(report, 1000).size());
    EXPECT_EQ(count_of(html, "class=\"bar worst\"><title>"), worst);
    EXPECT_EQ(count_of(html, "class=\"n worst\""), worst);
  }
}

TEST(QuantizeHtml, EscapesEveryText) {
  const std::string html = render_quantize_html(hostile_report());
  EXPECT_EQ(unbalanced(html), "");
  EXPECT_EQ(count_of(html, "<script"), 0u);
  EXPECT_EQ(count_of(html, "<!--"), 0u);
  EXPECT_EQ(count_of(html, "alert(1)</"), 0u);
  EXPECT_GT(count_of(html, "&lt;script&gt;alert(1)&lt;"), 20u);
  EXPECT_GT(count_of(html, "&amp;amp;"), 20u) << "an entity in a name stays what it was";
  EXPECT_EQ(html.find('\x1b'), std::string::npos);
  EXPECT_EQ(html.find('\0'), std::string::npos);
  EXPECT_EQ(html.find('\xff'), std::string::npos);
}

TEST(QuantizeHtml, EmptyListsAreSentences) {
  const std::string html = render_quantize_html({});
  EXPECT_EQ(unbalanced(html), "");
  for (const char* id : {"metric", "precision", "sqnr", "islands", "search", "layers", "calibration", "origin"})
    EXPECT_EQ(count_of(html, fmt::format("id=\"{}\"", id)), 1u) << id;
  for (const std::string_view said :
       {"No layer has multiply-adds.", "There was no search.", "No tensor was calibrated."})
    EXPECT_EQ(count_of(html, said), 1u) << said;
}

TEST(QuantizeHtml, NoNumberBreaksADrawing) {
  static const std::regex kBroken(
      R"re((x|y|x1|y1|x2|y2|cx|cy|r|width|height|viewBox)="[^"]*(nan|inf|-[0-9.]+e|e\+)[^"]*")re");
  for (const double value : {kNaN, kInfinity, -kInfinity, 1e308, -1e308, 5e-324, 0.0, -1.0}) {
    QuantizeReport report = sample_report(9);
    for (double* number : numbers(report)) *number = value;
    const std::string html = render_quantize_html(report);
    EXPECT_EQ(unbalanced(html), "") << value;
    std::smatch found;
    EXPECT_FALSE(std::regex_search(html, found, kBroken)) << value << ": " << found.str();
    expect_terminal_text(render_quantize_text(report));
    EXPECT_TRUE(json::accept(render_quantize_json(report))) << value;
  }
  QuantizeReport mixed = sample_report(9);
  mixed.metric.before = 1e308;
  mixed.metric.after = -1e308;
  mixed.layers[0].macs = mixed.layers[1].macs = 1e308;
  EXPECT_FALSE(std::regex_search(render_quantize_html(mixed), kBroken));
}

TEST(QuantizeHtml, SaysWhenTheBudgetIsMissed) {
  QuantizeReport report = sample_report();
  report.metric.holds = false;
  EXPECT_EQ(count_of(render_quantize_html(report), "<b>Over the budget.</b>"), 1u);
  EXPECT_NE(render_quantize_text(report).find("OVER the budget"), std::string::npos);
  EXPECT_EQ(json::parse(render_quantize_json(report))["metric"]["holds"], false);
}

TEST(QuantizeText, FitsATerminal) {
  const std::string text = render_quantize_text(sample_report(120));
  expect_terminal_text(text);
  for (const std::string_view said :
       {"person_vtest.onnx: quantized, within the budget", "492 kB -> 158 kB", "stays in float", "tried", "8.4 dB"})
    EXPECT_NE(text.find(said), std::string::npos) << said;
  expect_terminal_text(render_quantize_text(hostile_report()));
  expect_terminal_text(render_quantize_text({}));
  QuantizeReport long_names = sample_report(3);
  for (std::string* part : texts(long_names)) *part = std::string(1000, 'x');
  expect_terminal_text(render_quantize_text(long_names));
}

TEST(QuantizeJson, HoldsEverything) {
  const QuantizeReport report = sample_report(46);
  const json parsed = json::parse(render_quantize_json(report));
  EXPECT_EQ(parsed["model"], "person_vtest.onnx");
  EXPECT_EQ(parsed["bytes_after"], 158210);
  EXPECT_EQ(parsed["metric"]["budget"], 0.01);
  ASSERT_EQ(parsed["layers"].size(), 46u);
  EXPECT_EQ(parsed["layers"][0]["precision"], "int8, channel scales");
  EXPECT_EQ(parsed["layers"][0]["output_sqnr_db"], 8.4);
  EXPECT_TRUE(parsed["layers"][45]["output_sqnr_db"].is_null());
  EXPECT_EQ(parsed["float_islands"][0]["ops"].size(), 3u);
  EXPECT_EQ(parsed["calibration"]["samples"], 64);
  EXPECT_EQ(parsed["calibration"]["tensors"].size(), 46u);
  EXPECT_EQ(parsed["trials"].size(), 5u);
  EXPECT_EQ(parsed["origin"]["versions"]["hedge"], "0.1.0");
  double shares = 0;
  for (const auto& [name, share] : parsed["macs_by_precision"].items()) shares += share.get<double>();
  EXPECT_NEAR(shares, 1, 1e-9);
  EXPECT_TRUE(json::accept(render_quantize_json(hostile_report())));
  EXPECT_TRUE(json::accept(render_quantize_json({})));
}

TEST(Figures, TheWorstLayersAreQuantizedOnesInOrder) {
  QuantizeReport report = sample_report(5);
  report.layers[2].output_sqnr_db = 3;
  report.layers[3].output_sqnr_db = kInfinity;
  report.layers[4].output_sqnr_db = -5;  // float: not quantization's noise
  EXPECT_EQ(worst_layers(report, 10), (std::vector<std::size_t>{2, 0, 1}));
  EXPECT_EQ(worst_layers(report, 2).size(), 2u);
  EXPECT_TRUE(worst_layers({}, 5).empty());
}

TEST(Figures, NumbersInWords) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(491577), "492 kB");
  EXPECT_EQ(bytes_text(13970199), "13.97 MB");
  EXPECT_EQ(count_text(3.12e6), "3.1 M");
  EXPECT_EQ(percent_text(0), "0 %");
  EXPECT_EQ(percent_text(0.9876), "98.8 %");
  EXPECT_EQ(percent_text(1e-9), "< 0.0001 %");
  EXPECT_EQ(sqnr_text({}), "-");
  EXPECT_EQ(sqnr_text(kInfinity), "exact");
  EXPECT_EQ(verdict_text({.name = "top-1", .before = 0.8, .after = 0.802, .drop = -0.002, .budget = 0.01}),
            "top-1 rose by 0.002, 0.01 is allowed");
  EXPECT_EQ(verdict_text({.name = "top-1", .before = 0.8, .after = 0.8}), "top-1 did not change");
}

TEST(Escape, KeepsLettersAndReplacesTheRest) {
  EXPECT_EQ(plain_text("caf\xC3\xA9 \xE6\xBC\xA2 \xF0\x9F\x90\x91"), "caf\xC3\xA9 \xE6\xBC\xA2 \xF0\x9F\x90\x91");
  EXPECT_EQ(plain_text("a\nb\tc"), "a b c");
  for (const std::string& bad : {std::string("\xff"), std::string("\xC3"), std::string("\xC0\xAF"),
                                 std::string("\xED\xA0\x80"), std::string("\xF4\x90\x80\x80"), std::string("\x1b"),
                                 std::string("\xC2\x9B"), std::string("\xE2\x80\xAE"), std::string(1, '\0')})
    EXPECT_TRUE(plain_text("a" + bad + "b").starts_with("a\xEF\xBF\xBD")) << bad;
  EXPECT_EQ(html_text("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(shortened("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(shortened("abcdefghijk", 10), "abcd..hijk");
  EXPECT_EQ(shortened("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 3), "..\xC3\xA9");
}

}  // namespace
}  // namespace hedge::report
