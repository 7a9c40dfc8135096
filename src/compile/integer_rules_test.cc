// The integer rules that move, join and recompute bytes: each on the pattern that it exists for, and on the neighbour
// that it must leave alone. integer_products_test.cc has the products. Every graph answers as before
// (quantized_maker.h).
#include "compile/quantized_maker.h"

namespace hedge::compile {
namespace {

const Shape kImage{1, 4, 6, 6};

int floats_left(const Graph& graph) { return count(graph, "QuantizeLinear") + count(graph, "DequantizeLinear"); }

TEST(IntegerRules, SignedActivationsAreRaised) {
  QuantizedMaker m;
  const ValueId x = m.pair(m.float_input(kImage), {}, true);
  const Graph graph = m.optimized({m.pair(m.conv(x), {}, true)});
  EXPECT_EQ(graph.value(the(graph, "QPixels").output()).type.dtype, DType::kU8);
  EXPECT_EQ(count(graph, "QConv"), 1) << graph::print(graph);
}

TEST(IntegerRules, SignedBytesThatTheCallerReadsStaySigned) {
  QuantizedMaker m;
  const ValueId y = m.quantize(m.conv(m.input(kImage)), {}, true);
  const Graph graph = m.optimized({y, m.dequantize(y)});
  EXPECT_EQ(graph.value(graph.outputs[0]).type.dtype, DType::kI8);
}

TEST(IntegerRules, SignedBytesThatAnotherOperatorReadsStaySigned) {
  QuantizedMaker m;
  const ValueId q = m.quantize(m.float_input(kImage), {}, true);
  const ValueId cut = m.node("Slice", {q, m.list({0}), m.list({2}), m.list({1})});
  const Graph graph = m.optimized({m.dequantize(cut), m.dequantize(q)});
  EXPECT_EQ(graph.value(the(graph, "QuantizeLinear").output()).type.dtype, DType::kI8) << graph::print(graph);
}

TEST(IntegerRules, OneQuantizationForSeveralReaders) {
  QuantizedMaker m;
  const ValueId y = m.conv(m.input(kImage));
  const Graph graph = m.optimized({m.quantize(m.conv(m.pair(y))), m.quantize(m.conv(m.pair(y)))});
  EXPECT_EQ(count(graph, "QConv"), 3) << graph::print(graph);
  EXPECT_EQ(floats_left(graph), 0);
}

TEST(IntegerRules, QuantizationsOfOtherScalesAreNotMerged) {
  QuantizedMaker m;
  const ValueId y = m.conv(m.input(kImage));
  const Graph graph = m.optimized({m.quantize(y), m.quantize(y, {0.03f, 128})});
  EXPECT_EQ(count(graph, "QuantizeLinear"), 2) << graph::print(graph);
}

TEST(IntegerRules, WhatMovesElementsMovesBytes) {
  QuantizedMaker m;
  ValueId y = m.input(kImage);
  y = m.node("MaxPool", {y}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}});
  y = m.node("Resize", {y, ValueId::kNone, m.floats({4}, {1, 1, 2, 2})},
             {{"mode", std::string("nearest")}, {"coordinate_transformation_mode", std::string("asymmetric")}});
  y = m.node("Pad", {y, m.list({0, 0, 1, 1, 0, 0, 1, 1})});
  y = m.node("Slice", {y, m.list({1}), m.list({4}), m.list({1})});
  y = m.node("Transpose", {y}, {{"perm", Ints{0, 2, 3, 1}}});
  y = m.node("Reshape", {y, m.list({1, 64, 3})});
  y = m.node("Gather", {y, m.list({2, 0})}, {{"axis", std::int64_t{2}}});
  const Graph graph = m.optimized({m.quantize(y)});
  EXPECT_EQ(floats_left(graph) + count(graph, "QTable"), 0) << graph::print(graph);
}

TEST(IntegerRules, BothHalvesOfASplitAreBytes) {
  QuantizedMaker m;
  const auto halves = m.nodes("Split", {m.input(kImage)}, {{"axis", std::int64_t{1}}}, 2);
  const Graph graph = m.optimized({m.quantize(halves[0]), m.quantize(halves[1], {0.04f, 100})});
  EXPECT_EQ(floats_left(graph), 0) << graph::print(graph);
  EXPECT_EQ(count(graph, "QTable"), 1);
}

TEST(IntegerRules, PaddingWithAnotherNumberThanZeroStaysInFloat) {
  QuantizedMaker m;
  const ValueId y = m.node("Pad", {m.input(kImage), m.list({0, 0, 1, 1, 0, 0, 1, 1}), m.number(1)});
  EXPECT_EQ(count(m.optimized({m.quantize(y)}), "QuantizeLinear"), 1);
}

TEST(IntegerRules, CubicResizingIsNoMove) {
  QuantizedMaker m;
  const ValueId y = m.node("Resize", {m.input(kImage), ValueId::kNone, m.floats({4}, {1, 1, 2, 2})},
                           {{"mode", std::string("cubic")}});
  EXPECT_EQ(count(m.optimized({m.quantize(y)}), "QuantizeLinear"), 1);
}

TEST(IntegerRules, ConcatenatedBytesOfOneScale) {
  QuantizedMaker m;
  const ValueId y = m.node("Concat", {m.input(kImage), m.input(kImage)}, {{"axis", std::int64_t{1}}});
  const Graph graph = m.optimized({m.quantize(y)});
  EXPECT_EQ(floats_left(graph) + count(graph, "QTable"), 0) << graph::print(graph);
}

TEST(IntegerRules, ConcatenatedBytesAreBroughtToTheScaleThatIsAskedFor) {
  QuantizedMaker m;
  const ValueId y = m.node("Concat", {m.input(kImage, {0.01f, 3}), m.input(kImage), m.input(kImage, {0.03f, 77})},
                           {{"axis", std::int64_t{1}}});
  const Graph graph = m.optimized({m.quantize(y)});
  EXPECT_EQ(floats_left(graph), 0) << graph::print(graph);
  EXPECT_EQ(count(graph, "QTable"), 2);
}

TEST(IntegerRules, BytesOfTwoScalesThatNobodyQuantizesAreNotJoined) {
  QuantizedMaker m;
  const ValueId y = m.node("Concat", {m.input(kImage, {0.01f, 3}), m.input(kImage)}, {{"axis", std::int64_t{1}}});
  const Graph graph = m.optimized({y});
  EXPECT_EQ(count(graph, "DequantizeLinear"), 2) << graph::print(graph);
  EXPECT_EQ(count(graph, "QTable"), 0);
}

TEST(IntegerRules, BytesAreTransposedRatherThanFloats) {
  QuantizedMaker m;
  const ValueId x = m.float_input({1, 5, 6, 6});
  const Graph graph = m.optimized({m.quantize(m.node("Transpose", {x}, {{"perm", Ints{0, 2, 3, 1}}}))});
  EXPECT_EQ(graph.value(the(graph, "Transpose").input(0)).type.dtype, DType::kU8) << graph::print(graph);
}

TEST(IntegerRules, FloatsThatAreReadElsewhereAreReshapedAsFloats) {
  QuantizedMaker m;
  const ValueId y = m.node("Reshape", {m.float_input(kImage), m.list({4, 36})});
  const Graph graph = m.optimized({m.quantize(y), y});
  EXPECT_EQ(graph.value(the(graph, "Reshape").output()).type.dtype, DType::kF32) << graph::print(graph);
}

TEST(IntegerRules, BytesQuantizedAgainAreATableOrNothing) {
  QuantizedMaker m;
  const ValueId x = m.input(kImage);
  const ValueId twice = m.pair(m.pair(m.pair(x)), {0.05f, 10});
  const Graph graph = m.optimized({m.quantize(twice, {0.05f, 10})});
  EXPECT_EQ(floats_left(graph), 0) << graph::print(graph);
  EXPECT_EQ(count(graph, "QTable"), 1);
}

TEST(IntegerRules, ATreeOfFunctionsIsOneTable) {
  QuantizedMaker m;
  const ValueId x = m.input(kImage);
  const ValueId y = m.node("Add", {m.node("Exp", {m.node("Neg", {x})}), m.node("Mul", {x, m.number(0.5f)})});
  const Graph graph = m.optimized({m.quantize(m.node("Clip", {y, m.number(0), m.number(2)}))});
  EXPECT_EQ(count(graph, "QTable"), 1) << graph::print(graph);
  EXPECT_EQ(graph.nodes().size(), 1u);
}

TEST(IntegerRules, AFunctionOfTwoTensorsIsNoTable) {
  QuantizedMaker m;
  const ValueId y = m.node("Max", {m.input(kImage), m.input(kImage)});
  EXPECT_EQ(count(m.optimized({m.quantize(y)}), "QuantizeLinear"), 1);
}

TEST(IntegerRules, AFunctionOfManyStepsIsFoundInNoTime) {
  QuantizedMaker m;
  ValueId y = m.input({1, 4});
  for (int k = 0; k < 30; ++k) y = m.node("Sub", {y, m.node("Mul", {y, m.number(0.5f)})});
  y = m.node("Mul", {y, m.number(0x1p30f)});
  const Graph graph = m.optimized({m.quantize(y)});
  EXPECT_LE(count(graph, "QTable"), 1);
}

TEST(IntegerRules, AGateIsAProductOfBytes) {
  QuantizedMaker m;
  const ValueId x = m.pair(m.conv(m.input(kImage), {.out = 4}));
  const ValueId pooled = m.pair(m.node("GlobalAveragePool", {x}));
  const ValueId gate = m.pair(m.node("Sigmoid", {m.pair(m.conv(pooled, {.out = 4, .kernel = 1}))}), {1 / 255.0f, 0});
  const Graph graph = m.optimized({m.quantize(m.node("Mul", {x, gate}))});
  EXPECT_EQ(floats_left(graph), 0) << graph::print(graph);
  const auto& pixels = m.shape(x);
  EXPECT_EQ(graph.value(the(graph, "QMul").input(0)).type.shape, (Shape{1, pixels[2], pixels[3], 4}));  // channels last
  EXPECT_EQ(count(graph, "QAveragePool"), 1);
  EXPECT_EQ(count(graph, "QTable"), 0) << graph::print(graph);  // it is in the convolution
}

TEST(IntegerRules, SumsWithTheirBounds) {
  for (const char* op : {"Add", "Sub"}) {
    QuantizedMaker m;
    const ValueId sum = m.node(op, {m.input(kImage), m.input(kImage, {0.0123f, 7})});
    const Graph graph = m.optimized({m.quantize(m.node("Relu", {sum}), {0.02f, 30})});
    const graph::Node add = the(graph, "QAdd");
    EXPECT_EQ(add.attributes.integer("y_low", 0), 30);
    EXPECT_EQ(add.attributes.real("b_scale", 0) < 0, std::string_view(op) == "Sub");
    EXPECT_EQ(floats_left(graph), 0) << graph::print(graph);
  }
}

TEST(IntegerRules, ASumThatIsReadElsewhereStaysInFloat) {
  QuantizedMaker m;
  const ValueId sum = m.node("Add", {m.input(kImage), m.input(kImage)});
  EXPECT_EQ(count(m.optimized({m.quantize(sum), sum}), "QAdd"), 0);
}

TEST(IntegerRules, FactorAndShiftOfAChannelAreADepthwiseProduct) {
  QuantizedMaker m;
  const Shape c{4};
  const ValueId x = m.node("Concat", {m.input({1, 2, 6, 6}), m.input({1, 2, 6, 6})}, {{"axis", std::int64_t{1}}});
  const ValueId y = m.node("BatchNormalization",
                           {m.node("MaxPool", {x}, {{"kernel_shape", Ints{2, 2}}}), m.floats(c, {0.5f, -1, 1.5f, 2}),
                            m.floats(c, {0.1f, 0, -0.3f, 1}), m.floats(c, {0, 0.5f, 0, 0}), m.floats(c, {1, 1, 2, 1})});
  const Graph graph = m.optimized({m.quantize(m.node("Relu", {y}))});
  const graph::Node conv = the(graph, "QConv");
  EXPECT_EQ(conv.attributes.integer("group", 1), 4);
  EXPECT_EQ(conv.attributes.integer("y_low", 0), 128);
  EXPECT_EQ(floats_left(graph), 0) << graph::print(graph);
}

TEST(IntegerRules, AFactorOfEachPixelStaysInFloat) {
  QuantizedMaker m;
  const ValueId y = m.node("Mul", {m.input(kImage), m.floats({1, 1, 6, 6}, m.random_floats(36, 0, 1))});
  const Graph graph = m.optimized({m.quantize(y)});
  EXPECT_EQ(count(graph, "QConv"), 0) << graph::print(graph);
}

TEST(IntegerRules, AveragesOfBytes) {
  QuantizedMaker m;
  const ValueId x = m.pair(m.conv(m.input(kImage)));
  const ValueId all = m.node("GlobalAveragePool", {x});
  const ValueId mean = m.node("ReduceMean", {x}, {{"axes", Ints{2, 3}}, {"keepdims", std::int64_t{0}}});
  const ValueId kept = m.node("ReduceMean", {x}, {{"axes", Ints{-1, -2}}});
  const ValueId window =
      m.node("AveragePool", {x}, {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}, {"strides", Ints{2, 2}}});
  const ValueId flat = m.node("Flatten", {m.node("GlobalAveragePool", {x})});
  const Graph graph = m.optimized({m.quantize(all, {0.005f, 128}), m.quantize(mean, {0.006f, 128}),
                                   m.quantize(kept, {0.007f, 128}), m.quantize(window), m.quantize(flat, {0.004f, 0})});
  EXPECT_EQ(count(graph, "QAveragePool"), 5) << graph::print(graph);
  EXPECT_EQ(floats_left(graph), 0) << graph::print(graph);
}

TEST(IntegerRules, AMeanOverChannelsIsNoPool) {
  QuantizedMaker m;
  const ValueId y = m.node("ReduceMean", {m.input(kImage)}, {{"axes", Ints{1}}});
  EXPECT_EQ(count(m.optimized({m.quantize(y)}), "QAveragePool"), 0);
}

TEST(IntegerRules, AnAverageOverTooManyPixelsStaysInFloat) {
  QuantizedMaker m;
  const ValueId y =
      m.node("AveragePool", {m.input({1, 1, 3, 3})},
             {{"kernel_shape", Ints{4096, 1026}}, {"pads", Ints{2048, 512, 2048, 512}}, {"strides", Ints{9999, 9999}}});
  EXPECT_EQ(count(m.optimized({m.quantize(y)}), "QAveragePool"), 0);
}

TEST(IntegerRules, LinearResizingOfBytes) {
  QuantizedMaker m;
  const ValueId y = m.node("Resize", {m.input(kImage), ValueId::kNone, m.floats({4}, {1, 1, 1.5f, 2})},
                           {{"mode", std::string("linear")}});
  const Graph graph = m.optimized({m.quantize(y, {0.03f, 100})});
  EXPECT_EQ(count(graph, "QResize"), 1) << graph::print(graph);
  EXPECT_EQ(floats_left(graph), 0);
}

TEST(IntegerRules, TablesGoIntoWhatComesBefore) {
  QuantizedMaker m;
  const ValueId y = m.pair(m.conv(m.input(kImage)));
  const ValueId table = m.pair(m.node("Tanh", {y}));
  const Graph graph = m.optimized({m.quantize(m.node("Exp", {table}), {0.02f, 0})});
  EXPECT_TRUE(the(graph, "QConv").has_input(6)) << graph::print(graph);
  EXPECT_EQ(count(graph, "QTable"), 0) << graph::print(graph);
}

TEST(IntegerRules, ATableStaysWhereTheBytesBeforeItAreReadElsewhere) {
  QuantizedMaker m;
  const ValueId y = m.pair(m.conv(m.input(kImage)));
  const Graph graph = m.optimized({m.quantize(m.node("Tanh", {y})), m.quantize(m.node("Tanh", {m.pair(m.conv(y))}))});
  EXPECT_EQ(count(graph, "QTable"), 1) << graph::print(graph);
}

TEST(IntegerRules, AnImageOfPlanesIsQuantizedToPixels) {
  QuantizedMaker m;
  const Graph graph = m.optimized({m.quantize(m.conv(m.pair(m.float_input({2, 3, 6, 7}))))});
  EXPECT_EQ(count(graph, "QPixels"), 1) << graph::print(graph);
  EXPECT_EQ(count(graph, "QuantizeLinear"), 0);
}

TEST(IntegerRules, PlanesThatSomebodyElseReadsAndWideImagesAreQuantizedAsTheyAre) {
  QuantizedMaker read;
  const ValueId q = read.quantize(read.float_input({1, 3, 6, 6}));
  EXPECT_EQ(count(read.optimized({read.quantize(read.conv(read.dequantize(q))), q}), "QPixels"), 0);
  QuantizedMaker wide;
  EXPECT_EQ(count(wide.optimized({wide.quantize(wide.conv(wide.pair(wide.float_input({1, 5, 6, 6}))))}), "QPixels"), 0);
  QuantizedMaker off;
  EXPECT_EQ(
      count(off.optimized({off.quantize(off.conv(off.pair(off.float_input({1, 3, 6, 6}))))}, {"to_pixels"}), "QPixels"),
      0);
}

}  // namespace
}  // namespace hedge::compile
