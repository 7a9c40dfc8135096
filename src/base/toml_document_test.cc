#include "base/toml_document.h"

#include <gtest/gtest.h>

namespace hedge::base {
namespace {

TEST(TomlDocument, OtherAlphabetsMayStandInStringsAndComments) {
  const auto root = parse_toml(
      "\xef\xbb\xbf# größe\na = \"größe\"\nb = '''é''''\nc = \"\"\"\\\n  x \xc2\xa7\"\"\"\"\"\nd = \"\\\"é\" # \"\ne = "
      "'é\\'\n",
      "f");
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ((*root)["b"].value<std::string>(), "é'");
  EXPECT_EQ((*root)["c"].value<std::string>(), "x \xc2\xa7\"\"");
  EXPECT_EQ((*root)["d"].value<std::string>(), "\"é");
}

TEST(TomlDocument, ElsewhereTheyAreRefusedWithTheirLine) {
  for (const std::string text : {"\xcc\xaa", "a\xc2\xa7 = 1", "a = \xef\xba\xbb", "a = 1 \xe2\x80\x80",
                                 "a = \"\\\xc2\xa7\"", "a = \"\"\"\\\n\xc2\xa7\"\"\"", "a = ['x', \xe3\x80\x80]"}) {
    const auto root = parse_toml("x = 1\n" + text, "f");
    ASSERT_FALSE(root) << text;
    EXPECT_EQ(root.error().message, fmt::format("f:{}: a character beyond ASCII outside a string or a comment",
                                                text.find('\n') < 20 ? 3 : 2));
  }
}

TEST(TomlDocument, WhatIsBrokenNamesItsLine) {
  for (const char* text : {"x = 1\na = \"", "x = 1\na = 'é\n", "x = 1\na = ", "x = 1\nx = 2"})
    EXPECT_EQ(parse_toml(text, "f").error().message.rfind("f:", 0), 0u) << text;
}

}  // namespace
}  // namespace hedge::base
