// What is wrong with an expression is one line with file, line and column that says what was expected.
#include "rules/parser.h"

#include "rules/street.h"

namespace hedge::rules {
namespace {

std::string problem(const std::string& document) {
  const auto rules = load_rules(document, "p.toml", street_words());
  if (rules) {
    ADD_FAILURE() << "accepted:\n" << document;
    return "";
  }
  EXPECT_EQ(rules.error().message.find('\n'), std::string::npos) << rules.error().message;
  EXPECT_EQ(rules.error().message.rfind("p.toml:", 0), 0u) << rules.error().message;
  return rules.error().message;
}

struct Row {
  const char* when;
  int column;           ///< in the expression, from 1
  const char* message;  ///< a part of it
};
constexpr Row kRows[] = {
    {"", 1, "the expression is empty"},
    {"any(person", 11, "expected ',' or ')', found the end"},
    {"any(person and)", 15, "expected a number, a name, 'not', '-' or '(', found ')'"},
    {"any(person) fps > 1", 13, "expected 'and', 'or', an operator or the end, found 'fps'"},
    {"any(ttc < 1.5)", 9, "'<' stands between a time (s) and a plain number; write a unit after the number"},
    {"any(ttc < 1.5 m)", 9, "between a time (s) and a length (m)"},
    {"any(speed < 3 m/s + 1 s)", 19, "'+' stands between a speed (m/s) and a time (s)"},
    {"any(ttc < 1.5 sec)", 15,
     "expected a unit (s, ms, us, min, h, m, cm, mm, km, px, %) or an operator after 1.5, found 'sec'"},
    {"any(in corridr)", 8, "unknown zone 'corridr'; known are: corridor, dock"},
    {"any(crossed corridor)", 13, "unknown line 'corridor'; known are: gate"},
    {"any(dwell(gate) > 1 s)", 11, "unknown zone 'gate'"},
    {"any(dwell > 1 s)", 5, "'dwell' needs a ZONE: write dwell(ZONE)"},
    {"any(corridor)", 5, "'corridor' is a zone: write 'in corridor'"},
    {"any(gate)", 5, "'gate' is a line: write 'crossed gate'"},
    {"any(persn)", 5, "unknown name 'persn'; of a track: class, score, age"},
    {"any(class == 'lorry')", 14, "unknown class 'lorry'; known are: person, car, traffic light"},
    {"ttc < 1.5 s", 1, "'ttc' is of one track: put it inside any(...)"},
    {"person", 1, "'person' is of one track"},
    {"in corridor", 4, "'in corridor' is of one track"},
    {"fps", 1, "a rule must be a condition, such as ttc < 1.5 s, not a plain number"},
    {"count(person)", 1, "a rule must be a condition"},
    {"any(score)", 5, "what any looks at must be a condition"},
    {"min(person) > 1", 5, "min needs a number of each track, not a class"},
    {"min(ttc where score) > 1 s", 15, "what follows 'where' must be a condition"},
    {"any(any(person))", 5, "any(...) stands inside another one"},
    {"count(person, car) > 1", 1, "count takes one condition of each track"},
    {"fps < 1 < 2", 9, "comparisons do not chain"},
    {"fps = 1", 5, "'=' has no meaning here; write '==' to compare"},
    {"fps > 1 && fps < 2", 9, "'&' has no meaning here; write 'and'"},
    {"fps > 1 | fps < 2", 9, "write 'or'"},
    {"!(fps > 1)", 1, "write 'not'"},
    {"fps > 1e999", 7, "'1e999' is not a number that can be held"},
    {"fps > 1 and not", 16, "found the end"},
    {"fps and true", 1, "what 'and' joins must be a condition"},
    {"any(in)", 7, "expected a zone after 'in', found ')'"},
    {"any(crossed and)", 13, "expected a line after 'crossed', found 'and'"},
    {"frob(fps) > 1", 1, "unknown function 'frob'; known are: any, all, count, min, max, abs, known, dwell"},
    {"unusual(corridor) > 3", 9, "zone 'corridor' has no baseline"},
    {"crossings(gate, 3 m) > 3", 17, "expected a time up to a day"},
    {"crossings(gate, gate) > 3", 17, "expected a time up to a day"},
    {"occupancy(dock, 1 s) > 3", 1, "write occupancy(ZONE)"},
    {"abs(fps, 1) > 3", 1, "abs takes one value"},
    {"known(fps where true)", 1, "'where' belongs to any, all, count, min or max"},
    {"min(fps, fps, fps) > 3", 1, "min takes one value of each track, or two values"},
    {"any('person)", 5, "this ' is not closed"},
    {"any(person) \xff", 13, "byte 0xff has no meaning here"},
    {"fps > s", 7, "'s' is a unit: write a number before it"},
    {"any(class > car)", 5, "'>' needs a number here, not a class"},
    {"any(ttc*ttc*ttc*ttc*ttc*ttc*ttc*ttc*ttc > 0)", 36, "makes no sense"},
};

TEST(Parser, ErrorsNameThePlace) {
  for (const Row& row : kRows) {
    const std::string when = row.when;
    const auto rules =
        Rules::create(street_with("").scene(), {{.name = "r", .when = {.text = when, .file = "p.toml", .places = {}}}},
                      street_words());
    ASSERT_FALSE(rules) << when;
    const std::string& message = rules.error().message;
    EXPECT_EQ(message.rfind(fmt::format("p.toml:1:{}: ", row.column), 0), 0u) << when << "\n" << message;
    EXPECT_NE(message.find(row.message), std::string::npos) << when << "\n" << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

std::string place(const std::string& rule) {
  const std::string message = problem("[[zone]]\nname=\"z\"\npoints=[[0,0],[9,0],[9,9]]\n" + rule);
  return message.substr(0, message.find(": "));
}

TEST(Parser, ColumnsAreThoseOfTheFile) {
  EXPECT_EQ(place("[[rule]]\nname = 'r'\nwhen = \"any(in y)\"\n"), "p.toml:6:16");
  EXPECT_EQ(place("[[rule]]\nname = 'r'\nwhen = 'any(in y)'\n"), "p.toml:6:16");
  EXPECT_EQ(place("[[rule]]\nname = 'r'\nwhen = \"\"\"any(person\n  and in y)\"\"\"\n"), "p.toml:7:10");
  EXPECT_EQ(place("[[rule]]\nname = 'r'\nwhen = '''\nany(in y)'''\n"), "p.toml:7:8");
  EXPECT_EQ(place("[[rule]]\r\nname = 'r'\r\nwhen = \"\"\"\r\nany(person\r\n and in y)\"\"\"\r\n"), "p.toml:8:9");
  EXPECT_EQ(place("[[rule]]\nname = 'r'\nwhen = \"any(class == \\\"car\\\" and in y)\"\n"), "p.toml:6:37");
  EXPECT_EQ(place("[[rule]]\nname = 'r'\nwhen = \"\"\"any(person \\\n   and in y)\"\"\"\n"), "p.toml:7:11");
  EXPECT_EQ(place("[[rule]]\nname = 'r'\nwhen = \"any(\\u0070erson and in y)\"\n"), "p.toml:6:32");
  EXPECT_EQ(place("[[rule]]\nname = 'r'\nhold = \"2 off 3\"\nwhen = \"true\"\n"), "p.toml:6:9");
}

TEST(Parser, InputWithoutEndIsRefused) {
  const auto refused = [](const std::string& text) {
    return parse_expression({.text = text, .file = "p", .places = {}}).error().message;
  };
  EXPECT_NE(refused(std::string(1000, '(')).find("more than 48"), std::string::npos);
  EXPECT_NE(refused(std::string(1000, '-') + "1").find("more than 48"), std::string::npos);
  std::string nots, sum = "1", calls;
  for (int k = 0; k < 200; ++k) nots += "not ", calls += "abs(", sum += "+1+1+1";
  EXPECT_NE(refused(nots + "true").find("more than 48"), std::string::npos);
  EXPECT_NE(refused(calls).find("more than 48"), std::string::npos);
  EXPECT_NE(refused(sum).find("more than 512 parts"), std::string::npos);
  EXPECT_NE(refused(std::string(5000, ' ')).find("longer than 4096"), std::string::npos);
}

TEST(Parser, Precedence) {
  const auto understood = [](const std::string& when) { return street_with(rule(when)).rules()[0].understood; };
  EXPECT_EQ(understood("true or false and not true"), "(true or (false and (not true)))");
  EXPECT_EQ(understood("fps + 2 * fps - 1 < 3"), "(((fps + (2 * fps)) - 1) < 3)");
  EXPECT_EQ(understood("fps / 2 / 3 < -fps"), "(((fps / 2) / 3) < (-fps))");
  EXPECT_EQ(understood("not fps < 3 and true"), "((not (fps < 3)) and true)");
  EXPECT_EQ(understood("max(speed where 'traffic light') > 36 km/h"),
            "(max(speed where (class == 'traffic light')) > 10 m/s)");
  EXPECT_EQ(understood("any(distance / 2 s > 3 m / 2 s)"), "any(((distance / 2 s) > (3 m / 2 s)))");
  EXPECT_EQ(understood("any(ttc > 0 and score > 50 %)"), "any(((ttc > 0 s) and (score > 0.5)))");
  EXPECT_EQ(understood("crossings(gate, 1 min) > 3"), "(crossings(gate, 60 s) > 3)");
}

TEST(Hold, ReadsFramesAndTimes) {
  const auto read = [](const std::string& text) { return parse_hold({.text = text, .file = "p", .places = {}}); };
  EXPECT_EQ(to_string(*read("2 of 3")), "2 of 3");
  EXPECT_EQ(to_string(*read("0.3 s")), "300 ms");
  for (const char* text : {"", "3 of 2", "0 of 2", "1 of 65", "1.5 of 2", "2 3", "300", "300 m", "0 s", "-1 s",
                           "2 days", "2 of 3 4", "1e9 s"})
    EXPECT_FALSE(read(text)) << text;
}

}  // namespace
}  // namespace hedge::rules
