// The tables: names as the grammar wants them, order, activations' names, shares of threads, transposition.
#include "kernel/table.h"

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hedge::kernel {
namespace {

template <class Kernel>
void check_names(std::span<const Kernel> kernels, std::set<std::string>& seen) {
  for (const Kernel& kernel : kernels) {
    EXPECT_TRUE(seen.insert(kernel.name).second) << kernel.name << " stands twice";
    const std::string_view name = kernel.name;
    const std::string needs = to_string(kernel.needs);  // "avx512+avx512vnni"
    EXPECT_TRUE(kernel.needs.bits == 0 || name.ends_with("_" + needs.substr(needs.rfind('+') + 1))) << name;
  }
}

TEST(Table, NamesAreUniqueAndEndWithWhatTheyNeed) {
  std::set<std::string> seen;
  check_names(conv_kernels(), seen);
  check_names(qconv_kernels(), seen);
  check_names(qtable_kernels(), seen);
  check_names(qbinary_kernels(), seen);
  check_names(qpool_kernels(), seen);
  check_names(quantize_kernels(), seen);
  check_names(dequantize_kernels(), seen);
  check_names(gemm_kernels(), seen);
  check_names(matmul_kernels(), seen);
  check_names(pool_kernels(), seen);
  check_names(unary_kernels(), seen);
  check_names(binary_kernels(), seen);
  check_names(resize_kernels(), seen);
  check_names(softmax_kernels(), seen);
  check_names(transpose_kernels(), seen);
  check_names(shuffle_kernels(), seen);
  check_names(qresize_kernels(), seen);
  EXPECT_FALSE(seen.empty());
}

TEST(Isa, HedgeIsaLowersWhatIsUsed) {
  const auto usable = [](const char* word) {
    setenv("HEDGE_ISA", word, 1);
    auto set = usable_isa();
    unsetenv("HEDGE_ISA");
    return set;
  };
  EXPECT_EQ(usable("ref")->bits, 0u);
  EXPECT_FALSE(usable("avx2")->has(Isa::kAvx512));
  EXPECT_FALSE(usable("avx2")->has(Isa::kAvxVnni));
  EXPECT_FALSE(usable("avxvnni")->has(Isa::kAvx512));
  EXPECT_FALSE(usable("avx512")->has(Isa::kAvx512Vnni));
  EXPECT_FALSE(usable("avx512vnni")->has(Isa::kAvx512Vbmi));
  EXPECT_EQ(usable("avx512vbmi")->has(Isa::kAvx512Vbmi), detect_isa().has(Isa::kAvx512Vbmi));
  EXPECT_EQ(*usable("native"), detect_isa());
  EXPECT_EQ(*usable_isa(), detect_isa());
  for (const char* word : {"avx2", "avxvnni", "avx512", "avx512vnni", "avx512vbmi"})
    EXPECT_TRUE(detect_isa().contains(*usable(word)));
  ASSERT_FALSE(usable("sse9").has_value());
  EXPECT_EQ(usable("sse9").error().kind, base::ErrorKind::kUsage);
}

TEST(Activation, EveryNameIsReadBack) {
  for (int k = 0; k < kActivationCount; ++k) {
    const auto activation = static_cast<Activation>(k);
    EXPECT_EQ(parse_activation(to_string(activation)).value(), activation);
  }
  EXPECT_FALSE(parse_activation("swoosh").has_value());
}

TEST(Slice, SharesAreDisjointContiguousAndComplete) {
  for (const std::int64_t items : {0, 1, 11, 12, 13, 100, 1000})
    for (const std::int64_t block : {1, 12, 64})
      for (int count = 1; count <= 5; ++count) {
        std::int64_t at = 0;
        for (int index = 0; index < count; ++index) {
          const Range range = share(items, {index, count}, block);
          EXPECT_EQ(range.begin, at);
          EXPECT_TRUE(range.begin % block == 0 || range.begin == items);
          at = range.end;
        }
        EXPECT_EQ(at, items);
      }
}

template <class Element>
void check_transpose(std::int64_t batch, std::int64_t rows, std::int64_t columns) {
  const TransposeParams p{batch, rows, columns, sizeof(Element)};
  std::vector<Element> x(static_cast<std::size_t>(batch * rows * columns));
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<Element>(k * 7919);
  for (const TransposeKernel& kernel : transpose_kernels()) {
    if (!detect_isa().contains(kernel.needs) || kernel.declines(p) != nullptr) continue;
    for (int threads = 1; threads <= 3; ++threads) {
      std::vector<Element> y(x.size() + 1, Element{77});
      for (int index = 0; index < threads; ++index) kernel.run(p, {x.data(), y.data()}, {index, threads});
      ASSERT_EQ(y.back(), Element{77}) << kernel.name;
      for (std::int64_t b = 0; b < batch; ++b)
        for (std::int64_t r = 0; r < rows; ++r)
          for (std::int64_t c = 0; c < columns; ++c)
            ASSERT_EQ(y[static_cast<std::size_t>((b * columns + c) * rows + r)],
                      x[static_cast<std::size_t>((b * rows + r) * columns + c)])
                << kernel.name << " " << rows << "x" << columns;
    }
  }
}

TEST(Transpose, SwapsRowsAndColumnsOfEachBatch) {
  for (const auto& [batch, rows, columns] :
       {std::array<std::int64_t, 3>{1, 1, 1}, {2, 3, 50}, {3, 17, 16}, {1, 100, 3}, {2, 33, 35}, {1, 16, 64}}) {
    check_transpose<std::uint8_t>(batch, rows, columns);
    check_transpose<std::uint32_t>(batch, rows, columns);
  }
}

}  // namespace
}  // namespace hedge::kernel
