// What lies in place of being joined or cut: the pattern, its neighbours, and the program that comes of it.
#include "compile/find_views.h"

#include "compile/lower.h"
#include "compile/quantized_maker.h"
#include "op/hedge/quant.h"
#include "program/footprint.h"
#include "program/verify.h"

namespace hedge::compile {
namespace {

/// Lets the passes run, then looks.
struct Found {
  Graph graph;
  Views views;

  Found(QuantizedMaker& maker, std::vector<ValueId> outputs)
      : graph(maker.optimized(std::move(outputs))), views(find_views(graph, kernel::detect_isa())) {}
  std::size_t copies() const {
    std::size_t count = 0;
    for (const auto& [node, steps] : views.replaced) count += steps.size();
    return count;
  }
  int apart() const {
    return static_cast<int>(std::ranges::count_if(views.of, [](const auto& entry) { return entry.second.pitch != 0; }));
  }
};

class FindViews : public testing::Test {
 protected:
  void SetUp() override {
    if (!kernel::detect_isa().has(kernel::Isa::kAvx2)) GTEST_SKIP() << "references alone read dense tensors";
  }
  QuantizedMaker m;
  ValueId conv(ValueId x, std::int64_t out = 8) { return m.pair(m.conv(x, {.out = out, .kernel = 1})); }
  ValueId channels(std::vector<ValueId> parts) {
    return m.pair(m.node("Concat", std::move(parts), {{"axis", std::int64_t{1}}}));
  }
};

TEST_F(FindViews, ConvolutionsWriteWhereTheirJoinLies) {
  const ValueId x = m.input({1, 4, 6, 6}), joined = channels({conv(x, 8), conv(x, 12), conv(x, 5)});
  const Found found(m, {m.quantize(m.conv(joined), {0.1f, 128})});
  EXPECT_EQ(found.views.replaced.size(), 1u);
  EXPECT_EQ(found.copies(), 0u);
  ASSERT_EQ(found.views.of.size(), 3u);
  std::set<std::uint64_t> offsets;
  for (const auto& [value, view] : found.views.of) {
    EXPECT_EQ(view.pitch, 25u);
    offsets.insert(view.offset);
  }
  EXPECT_EQ(offsets, (std::set<std::uint64_t>{0, 8, 20}));
  const auto program = compile(m.graph, {.isa = kernel::detect_isa()});
  ASSERT_TRUE(program.has_value()) << program.error().message;
  EXPECT_EQ(program->steps.size() + 1, found.graph.nodes().size());
}

TEST_F(FindViews, AJoinInAJoinLiesInTheOuterOne) {
  const ValueId x = m.input({1, 4, 6, 6}), inner = channels({conv(x), conv(x)});
  const Found found(m, {m.quantize(m.conv(channels({inner, conv(inner)})), {0.1f, 128})});
  EXPECT_EQ(found.views.replaced.size(), 2u) << graph::print(found.graph);
  EXPECT_EQ(found.copies(), 0u);
  std::set<ValueId> roots;
  for (const auto& [value, view] : found.views.of) roots.insert(view.root);
  EXPECT_EQ(roots.size(), 1u);
}

TEST_F(FindViews, WhatComesFromOutsideOrTwiceIsCopied) {
  const ValueId x = m.input({1, 64, 6, 6}), twice = conv(x, 64);
  const Found found(m, {m.quantize(m.conv(channels({twice, twice, conv(x, 64)})))});
  EXPECT_EQ(found.views.replaced.size(), 1u);
  EXPECT_EQ(found.copies(), 1u);
  QuantizedMaker n;
  const ValueId y = n.input({1, 64, 6, 6}, {0.02f, 128});
  const ValueId half = n.pair(n.conv(y, {.out = 64, .kernel = 1}));
  const Found outside(n, {n.quantize(n.conv(n.pair(n.node("Concat", {y, half}, {{"axis", std::int64_t{1}}}))))});
  EXPECT_EQ(outside.views.replaced.size(), 1u) << graph::print(outside.graph);
  EXPECT_EQ(outside.copies(), 1u);
}

TEST_F(FindViews, ShortRowsOfASumStayDense) {
  for (const std::int64_t out : {8, 64}) {
    QuantizedMaker n;
    const ValueId x = n.input({1, 4, 6, 6});
    std::vector<ValueId> convs, sums;  // each convolution is read twice, so that it takes no sum along
    for (int k = 0; k < 3; ++k) convs.push_back(n.pair(n.conv(x, {.out = out, .kernel = 1})));
    for (std::size_t k = 0; k < 3; ++k)
      sums.push_back(n.pair(n.node("Add", {convs[k], convs[(k + 1) % 3]}), {0.03f, 100}));
    const ValueId joined = n.node("Concat", sums, {{"axis", std::int64_t{1}}});
    const Found found(n, {n.quantize(n.conv(joined, {.kernel = 1}), {0.1f, 128})});
    EXPECT_EQ(count(found.graph, "QAdd"), 3) << graph::print(found.graph);
    EXPECT_EQ(found.views.replaced.size(), out == 8 ? 0u : 1u);
  }
}

TEST_F(FindViews, HalvesAreReadWhereTheWholeLies) {
  const ValueId x = conv(m.input({1, 4, 6, 6}), 24);
  const auto half = [&](std::int64_t first) {
    return m.node("Slice", {x, m.list({first}), m.list({first + 12}), m.list({1})});
  };
  const Found found(m, {m.quantize(m.conv(half(0))), m.quantize(m.conv(half(12)))});
  EXPECT_EQ(found.views.replaced.size(), 2u) << graph::print(found.graph);
  EXPECT_EQ(found.apart(), 2);
}

TEST_F(FindViews, RowsOfAnyTypeLieBehindEachOther) {
  const ValueId x = m.float_input({1, 5, 4}), y = m.float_input({1, 3, 4});
  const ValueId joined =
      m.node("Concat", {m.node("Exp", {x}), m.node("Reshape", {m.node("Exp", {y}), m.list({1, -1, 4})})},
             {{"axis", std::int64_t{1}}});
  const Found found(m, {m.node("Sqrt", {joined})});
  EXPECT_EQ(found.views.replaced.size(), 1u) << graph::print(found.graph);
  EXPECT_EQ(found.copies(), 0u);
  EXPECT_EQ(found.apart(), 0);
  // Columns of floats do not.
  QuantizedMaker n;
  const ValueId a = n.node("Exp", {n.float_input({3, 5})}), b = n.node("Exp", {n.float_input({3, 6})});
  const Found columns(n, {n.node("Sqrt", {n.node("Concat", {a, b}, {{"axis", std::int64_t{1}}})})});
  EXPECT_TRUE(columns.views.replaced.empty());
}

TEST_F(FindViews, WhatTheCallerReadsHasNoGaps) {
  const ValueId x = m.input({1, 4, 6, 6}), a = m.quantize(m.conv(x, {.out = 64, .kernel = 1})),
                b = m.quantize(m.conv(x, {.out = 64, .kernel = 1}));
  const ValueId joined = m.node("Concat", {m.dequantize(a), m.dequantize(b)}, {{"axis", std::int64_t{1}}});
  const Found found(m, {a, m.quantize(m.conv(m.pair(joined)), {0.2f, 128})});
  EXPECT_EQ(found.views.replaced.size(), 1u) << graph::print(found.graph);
  EXPECT_EQ(found.copies(), 1u);
  EXPECT_EQ(found.apart(), 2);
  for (const auto& [value, view] : found.views.of)
    EXPECT_TRUE(view.pitch == 0 || !found.graph.is_graph_output(value)) << graph::print(found.graph);
}

/// Compiles and lets the verifier look, as the engine would.
std::string refusal(const Graph& graph, const CompileOptions& options) {
  const auto program = compile(graph, options);
  if (!program) return program.error().message;
  const auto status = program::verify(*program);
  return status ? "" : status.error().message;
}

TEST_F(FindViews, ManyPartsAreNoMoreThanTheVerifierTakes) {
  const ValueId x = m.float_input({1, 8});
  std::vector<ValueId> parts;
  for (int k = 0; k < 300; ++k) parts.push_back(m.node("Exp", {parts.empty() ? x : parts.back()}));
  m.graph.outputs = {m.node("Sqrt", {m.node("Concat", parts, {{"axis", std::int64_t{1}}})})};
  EXPECT_EQ(refusal(m.graph, {.isa = kernel::detect_isa()}), "");
}

TEST_F(FindViews, AnOutputIsNoPartOfAnInput) {
  const ValueId x = m.float_input({4, 8});
  const ValueId half = m.node("Slice", {x, m.list({0}), m.list({2}), m.list({0})});
  const ValueId flat = m.node("Reshape", {m.node("Slice", {x, m.list({2}), m.list({4}), m.list({0})}), m.list({16})});
  m.graph.outputs = {half, flat};
  const auto program = compile(m.graph, {.isa = kernel::detect_isa()});
  ASSERT_TRUE(program.has_value()) << program.error().message;
  for (const std::int32_t output : program->outputs)
    EXPECT_FALSE(program::overlap(program->tensors[static_cast<std::size_t>(output)],
                                  program->tensors[static_cast<std::size_t>(program->inputs[0])]));
}

TEST_F(FindViews, ChainsByBandsReadNoRowsThatLieApart) {
  const ValueId x = conv(m.input({1, 4, 8, 8}), 24);
  const ValueId half = m.node("Slice", {x, m.list({12}), m.list({24}), m.list({1})});
  const ValueId deep = m.pair(m.conv(m.pair(m.conv(half, {.kernel = 1}))));
  const Found found(m, {m.quantize(m.conv(deep, {.kernel = 1}), {0.1f, 128})});
  EXPECT_EQ(found.apart(), 1) << graph::print(found.graph);
  const BandLimits all{.between_min = 0, .buffers_max = 1 << 20, .weights_max = 1 << 20};
  EXPECT_EQ(refusal(m.graph, {.isa = kernel::detect_isa(), .bands = all}), "");
}

TEST_F(FindViews, JoinsInJoinsThatCannotLieInPlaceTakeNoTime) {
  // Each joins the two before it and a convolution, and is read by a sum, which takes no short rows that lie apart.
  const ValueId x = m.input({1, 4, 6, 6});
  std::vector<ValueId> joins{conv(x, 1), conv(x, 1)};
  std::vector<ValueId> outputs;
  for (int k = 2; k < 18; ++k) {
    joins.push_back(channels({joins[joins.size() - 1], joins[joins.size() - 2], conv(x, 1)}));
    const std::int64_t width = m.shape(joins.back())[1];
    outputs.push_back(m.quantize(m.node("Add", {joins.back(), conv(x, width)}), {0.05f, 128}));
  }
  m.graph.outputs = outputs;
  EXPECT_EQ(refusal(m.graph, {.isa = kernel::detect_isa()}), "");
}

}  // namespace
}  // namespace hedge::compile
