// From a float model to a quantized one: what is refused, where bytes go, which ranges and factors are chosen, what is
// written, and that the search finds the layer that is to blame.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compile/quantized_maker.h"
#include "graph/onnx_export.h"
#include "graph/onnx_import.h"
#include "quantize/channel_scales.h"
#include "quantize/search.h"
#include "quantize/weights.h"

namespace hedge::quantize {
namespace {

using compile::AttributeList;
using compile::Ints;

/// Float models: QuantizedMaker with convolutions in float.
struct Maker : compile::QuantizedMaker {
  const Shape image{1, 4, 6, 6};

  ValueId conv(ValueId x, std::int64_t out, std::int64_t kernel = 3, std::int64_t group = 1, float size = 0.3f) {
    const std::int64_t in = shape(x)[1] / group, pad = kernel / 2;
    return node("Conv",
                {x, floats({out, in, kernel, kernel}, random_floats(out * in * kernel * kernel, -size, size)),
                 floats({out}, random_floats(out, -0.5f, 0.5f))},
                {{"pads", Ints{pad, pad, pad, pad}}, {"group", group}});
  }
  const Graph& finished(std::vector<ValueId> outputs) {
    graph.outputs = std::move(outputs);
    const auto valid = graph::verify(graph);
    EXPECT_TRUE(valid.has_value()) << valid.error().message;
    return graph;
  }
  std::string name_of(ValueId output) const { return graph.producer_of(output)->name; }
  AllStatistics statistics(int samples = 4) {
    const std::vector<Tensor> first = inputs;
    auto result = collect_statistics(graph, values_to_watch(graph),
                                     {samples,
                                      [&](std::int64_t) -> Result<std::vector<Tensor>> {
                                        std::vector<Tensor> drawn = first;
                                        for (Tensor& tensor : drawn)
                                          for (float& x : tensor.as<float>()) x = real(-2.5f, 2.5f);
                                        return drawn;
                                      }},
                                     {});
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return result ? *result : AllStatistics{};
  }
};

bool has(const std::vector<ValueId>& values, ValueId value) { return std::ranges::find(values, value) != values.end(); }

/// Squared error over the square of the answer.
double noise_of(const Graph& quantized, const Graph& real, const std::vector<Tensor>& inputs) {
  const auto q = graph::interpret(quantized, inputs), r = graph::interpret(real, inputs);
  EXPECT_TRUE(q.has_value()) << q.error().message;
  double error = 0, signal = 1e-9;
  for (std::size_t k = 0; q && k < (*r)[0].as<float>().size(); ++k) {
    const double wanted = static_cast<double>((*r)[0].as<float>()[k]);
    error += std::pow(static_cast<double>((*q)[0].as<float>()[k]) - wanted, 2);
    signal += wanted * wanted;
  }
  return error / signal;
}

TEST(Prepare, RefusesWhatIsQuantizedAlready) {
  Maker m;
  const auto pairs = prepare(m.finished({m.pair(m.conv(m.float_input(m.image), 4))}));
  ASSERT_FALSE(pairs.has_value());
  EXPECT_EQ(pairs.error().kind, ErrorKind::kUnsupported);
  Maker n;
  const ValueId x = n.float_input({2, 3});
  const auto q = n.nodes("DynamicQuantizeLinear", {x}, {}, 3);
  const ValueId w = n.graph.add_constant("w", Tensor(DType::kI8, Shape{3, 4}));
  const auto dynamic = prepare(n.finished({n.node("MatMulInteger", {q[0], w, q[2]})}));
  ASSERT_FALSE(dynamic.has_value());
  EXPECT_NE(dynamic.error().message.find("quantized already"), std::string::npos) << dynamic.error().message;
}

TEST(Prepare, RefusesWhatHasNoProduct) {
  Maker m;
  const auto prepared = prepare(m.finished({m.node("Relu", {m.float_input(m.image)})}));
  ASSERT_FALSE(prepared.has_value());
  EXPECT_EQ(prepared.error().kind, ErrorKind::kUnsupported);
}

TEST(Topology, AReluIsPartOfItsProduct) {
  Maker m;
  const ValueId x = m.float_input(m.image), a = m.conv(x, 8), r = m.node("Relu", {a}), b = m.conv(r, 4);
  const Topology topology = find_topology(m.finished({m.conv(b, 2)}), {});
  EXPECT_TRUE(has(topology.sites, x) && has(topology.sites, r) && has(topology.sites, b));
  EXPECT_FALSE(has(topology.sites, a));
  EXPECT_EQ(topology.products.size(), 3u);
}

TEST(Topology, ASiluIsATableBehindBytesUntilItIsPutOnTheAccumulator) {
  Maker m;
  const ValueId a = m.conv(m.float_input(m.image), 8), s = m.node("Sigmoid", {a}), y = m.node("Mul", {a, s});
  const Graph& graph = m.finished({m.conv(y, 4)});
  const Topology plain = find_topology(graph, {});
  EXPECT_TRUE(has(plain.sites, a) && has(plain.sites, y));
  EXPECT_FALSE(has(plain.sites, s));
  EXPECT_EQ(plain.products[0].activated, y);
  const Topology treated = find_topology(graph, {{m.name_of(a), {.activation_on_accumulator = true}}});
  EXPECT_TRUE(!has(treated.sites, a) && has(treated.sites, y));
}

TEST(Topology, AResidualSumIsCarriedByTheLaterProduct) {
  Maker m;
  const ValueId a = m.node("Relu", {m.conv(m.float_input(m.image), 8)}), b = m.conv(a, 8), sum = m.node("Add", {a, b}),
                r = m.node("Relu", {sum});
  const Topology topology = find_topology(m.finished({m.conv(r, 4)}), {});
  EXPECT_TRUE(has(topology.sites, a) && has(topology.sites, r));
  EXPECT_FALSE(has(topology.sites, b) || has(topology.sites, sum));
}

TEST(Topology, MovedElementsInheritTheBytesOfTheirSource) {
  Maker m;
  const ValueId a = m.node("Relu", {m.conv(m.float_input(m.image), 8)});
  const ValueId pooled = m.node("MaxPool", {a}, {{"kernel_shape", Ints{2, 2}}});
  const ValueId joined = m.node("Concat", {pooled, m.node("Relu", {m.conv(pooled, 4)})}, {{"axis", std::int64_t{1}}});
  const Topology topology = find_topology(m.finished({m.conv(joined, 4)}), {});
  EXPECT_EQ(topology.site_of.at(pooled), a);
  EXPECT_TRUE(has(topology.sites, joined));
}

TEST(Topology, TheTailStaysInFloat) {
  Maker m;
  const ValueId last = m.conv(m.float_input(m.image), 8), s = m.node("Sigmoid", {last});
  const ValueId boxes = m.node("Mul", {s, m.number(2)});
  const Topology topology = find_topology(m.finished({m.node("Softmax", {boxes})}), {});
  EXPECT_FALSE(has(topology.sites, last) || has(topology.sites, s) || has(topology.sites, boxes));
}

TEST(Topology, AGateAndItsImageAreBytes) {
  Maker m;
  const ValueId x = m.node("Relu", {m.conv(m.float_input(m.image), 8)}), pooled = m.node("GlobalAveragePool", {x});
  const ValueId inner = m.conv(pooled, 8, 1), gate = m.node("HardSigmoid", {inner}), y = m.node("Mul", {x, gate});
  const Topology topology = find_topology(m.finished({m.conv(y, 4)}), {});
  for (const ValueId site : {x, pooled, gate, y}) EXPECT_TRUE(has(topology.sites, site));
}

TEST(Topology, AMatrixProductWithABiasOfEachRowIsNone) {
  Maker m;
  const ValueId w = m.floats({3, 8}, m.random_floats(24, -1, 1));
  const ValueId y = m.node("Gemm", {m.float_input({2, 3}), w, m.floats({2, 1}, {1, 2})});
  EXPECT_TRUE(find_topology(m.finished({y}), {}).products.empty());
}

/// One channel with these values.
Statistics statistics_of(const std::vector<float>& values) {
  const auto [low, high] = std::ranges::minmax(values);
  Statistics statistics{.channels = {{.low = low, .high = high}}, .count = std::ssize(values)};
  ChannelStatistics& channel = statistics.channels[0];
  channel.histogram.resize(Statistics::kBins);
  for (const float x : values) {
    channel.sum += static_cast<double>(x);
    channel.sum_of_squares += static_cast<double>(x) * static_cast<double>(x);
    const auto bin = static_cast<std::size_t>((x - low) / (high - low) * Statistics::kBins);
    ++channel.histogram[std::min<std::size_t>(bin, Statistics::kBins - 1)];
  }
  return statistics;
}

std::vector<float> uniform(float low, float high, int count = 20000) {
  std::vector<float> values;
  for (int k = 0; k < count; ++k)
    values.push_back(low + (high - low) * static_cast<float>(k) / static_cast<float>(count - 1));
  return values;
}

constexpr double kOne[] = {1.0};

TEST(Ranges, UniformValuesKeepTheirRange) {
  const Range range = choose_range(statistics_of(uniform(-1, 3)), kOne);
  EXPECT_NEAR(range.low, -1, 0.03);
  EXPECT_NEAR(range.high, 3, 0.03);
  EXPECT_LT(range.clipped, 0.01);
}

TEST(Ranges, ZeroLiesInside) {
  const Range positive = choose_range(statistics_of(uniform(2, 3)), kOne);
  EXPECT_EQ(positive.low, 0);
  EXPECT_EQ(positive.zero(), 0);
  const Range negative = choose_range(statistics_of(uniform(-3, -2)), kOne);
  EXPECT_EQ(negative.high, 0);
  EXPECT_EQ(negative.zero(), 255);
}

TEST(Ranges, ARareOutlierIsClipped) {
  std::vector<float> values = uniform(-1, 1, 500000);
  values.push_back(30);
  const Range range = choose_range(statistics_of(values), kOne);
  EXPECT_LT(range.high, 25);
  EXPECT_GT(range.high, 0.9f);
}

TEST(Ranges, ASiluCaresLittleForWhatIsFarBelowZero) {
  const Statistics statistics = statistics_of(uniform(-40, 6));
  const Range plain = choose_range(statistics, kOne);
  const Range behind = choose_range(statistics, kOne, [](double x) { return x / (1 + std::exp(-x)); });
  EXPECT_LT(plain.low, -35);
  EXPECT_GT(behind.low, -25);
  EXPECT_GT(behind.high, 5.5f);
}

TEST(Ranges, AConstantTensorHasARange) {
  const Statistics statistics{.channels = {{.low = 0, .high = 0, .histogram = std::vector<std::uint32_t>(512, 0)}},
                              .count = 10};
  EXPECT_GT(choose_range(statistics, kOne).scale(), 0);
}

TEST(Weights, IntegersAreFoundAgain) {
  Tensor w(DType::kF32, Shape{2, 50});
  const float scales[] = {0.013f, 0.0002f};
  for (std::size_t k = 0; k < 100; ++k)
    w.as<float>()[k] =
        scales[k / 50] * static_cast<float>(static_cast<int>(k % 50) * 5 - 121 + static_cast<int>(k / 50) * 3);
  const QuantizedWeights quantized = quantize_weights(w, 0);
  for (std::size_t k = 0; k < 100; ++k)
    EXPECT_NEAR(quantized.real(k, k / 50), w.as<float>()[k], 1e-5f * std::abs(w.as<float>()[k]) + 1e-9f) << k;
}

TEST(Weights, AChannelOfZerosHasAScaleOfItsOwnOrder) {
  Tensor w = Tensor::of<float>({2, 2}, {0, 0, 1.27f, -0.5f});
  const QuantizedWeights quantized = quantize_weights(w, 0);
  EXPECT_NEAR(quantized.scales[0], 0.01f, 1e-3f);
  EXPECT_EQ(quantize_weights(Tensor(DType::kF32, Shape{1, 2}), 0).scales[0], 1);
}

/// Statistics of the model, the plan and what is written.
Graph quantized(Maker& m, const Treatments& treatments, const InsertOptions& options = {.bias_correction = false}) {
  const AllStatistics statistics = m.statistics();
  RangeMemo ranges(m.graph, statistics);
  auto result = insert_qdq(m.graph, statistics, make_plan(m.graph, statistics, treatments, ranges), options);
  EXPECT_TRUE(result.has_value()) << result.error().message;
  return result ? std::move(*result) : m.graph;
}

TEST(InsertQdq, WhatIsWrittenRunsEverywhere) {
  Maker m;
  const ValueId x = m.conv(m.float_input(m.image), 8), y = m.node("Mul", {x, m.node("Sigmoid", {x})});
  const ValueId pooled = m.node("GlobalAveragePool", {m.node("Relu", {m.conv(y, 8, 3, 8)})});
  const ValueId w = m.floats({8, 5}, m.random_floats(40, -1, 1));
  m.finished({m.node("MatMul", {m.node("Flatten", {pooled}), w})});
  for (const bool correct : {false, true}) {
    const Graph written = quantized(m, {}, {.bias_correction = correct});
    EXPECT_LT(noise_of(written, m.graph, m.inputs), 0.01);
    const auto bytes = graph::export_onnx(written);
    ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
    const auto again = graph::import_onnx(*bytes);
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_LT(noise_of(*again, m.graph, m.inputs), 0.01);
    const auto integer = compile::optimize(*again, {});
    ASSERT_TRUE(integer.has_value());
    EXPECT_EQ(compile::count(*integer, "QConv"), 3) << graph::print(*integer);
    EXPECT_LT(noise_of(*integer, m.graph, m.inputs), 0.01);
  }
}

TEST(InsertQdq, ABiasBeyondItsStepsStaysInFloat) {
  Maker m;
  const ValueId x = m.float_input(m.image);
  const ValueId w = m.floats({2, 4, 1, 1}, {1e-9f, 1e-9f, 1e-9f, 1e-9f, 0.5f, 0.1f, 0.2f, 0.3f});
  m.finished({m.node("Conv", {x, w, m.floats({2}, {100, 0.1f})})});
  const Graph written = quantized(m, {});
  EXPECT_EQ(compile::count(written, "DequantizeLinear"), 2) << graph::print(written);  // input and weights
  EXPECT_LT(noise_of(written, m.graph, m.inputs), 1e-4);
}

/// conv, relu, depthwise: the first channel of the middle is wide, and the depthwise weights make up for it.
struct WideChannel : Maker {
  std::string reader;

  WideChannel() {
    const ValueId x = float_input(image);
    std::vector<float> w = random_floats(8 * 4, -0.3f, 0.3f), back = random_floats(8 * 9, -0.3f, 0.3f);
    for (std::size_t k = 0; k < 4; ++k) w[k] = 300 * std::abs(w[k]) + 1;
    for (std::size_t k = 0; k < 9; ++k) back[k] /= 300;
    const ValueId a = node("Relu", {node("Conv", {x, floats({8, 4, 1, 1}, w)})});
    const ValueId b = node("Conv", {a, floats({8, 1, 3, 3}, back)}, {{"group", std::int64_t{8}}});
    reader = name_of(b);
    finished({conv(b, 4, 1)});
  }
};

TEST(ChannelScales, FactorsInFrontOfADepthwiseConvolutionAreExact) {
  WideChannel m;
  const AllStatistics statistics = m.statistics();
  RangeMemo ranges(m.graph, statistics);
  const Plan plan = make_plan(m.graph, statistics, {{m.reader, {.channel_scales = true}}}, ranges);
  bool factored = false;
  for (const auto& [site, planned] : plan.sites) factored |= !planned.factors.empty();
  ASSERT_TRUE(factored);
  EXPECT_LT(noise_of(quantized(m, {{m.reader, {.channel_scales = true}}}), m.graph, m.inputs),
            noise_of(quantized(m, {}), m.graph, m.inputs) / 4);
}

TEST(Search, FindsTheLayerThatIsToBlame) {
  WideChannel m;
  const AllStatistics statistics = m.statistics();
  const auto measure = [&](const Graph& graph) -> Result<double> {
    return 100 * (1 - std::sqrt(noise_of(graph, m.graph, m.inputs)));
  };
  const auto found =
      search(m.graph, statistics, {.baseline = 100, .max_drop = 2, .float_share_max = 1, .measure = measure});
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_GT(found->trials.size(), 1u) << "the default is within the budget";
  EXPECT_TRUE(found->within_budget) << found->metric;
  ASSERT_FALSE(found->remedies.empty());
  EXPECT_EQ(found->remedies[0].product, m.reader);
  const auto treated = found->plan.treatments.find(m.reader);
  ASSERT_NE(treated, found->plan.treatments.end());
  EXPECT_TRUE(treated->second.channel_scales);
  EXPECT_FALSE(treated->second.in_float);
}

}  // namespace
}  // namespace hedge::quantize
