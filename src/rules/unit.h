// Units of the rule language: seconds, metres and pixels, with whole powers. A speed compared with a time is an error
// when the file is read, not a brake that never comes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hedge::rules {

struct Unit {
  int second = 0, metre = 0, pixel = 0;  ///< powers
  bool operator==(const Unit&) const = default;
  bool plain() const { return *this == Unit{}; }
};

inline constexpr Unit kPlain{};
inline constexpr Unit kSecond{.second = 1};
inline constexpr Unit kMetre{.metre = 1};
inline constexpr Unit kMetrePerSecond{.second = -1, .metre = 1};
inline constexpr Unit kPixel{.pixel = 1};
inline constexpr Unit kPixelPerSecond{.second = -1, .pixel = 1};

Unit product(Unit a, Unit b);
Unit quotient(Unit a, Unit b);

/// "s", "m/s", "px"; "" for a plain number.
std::string to_string(Unit unit);
/// "seconds (s)", "a plain number": for errors.
std::string describe(Unit unit);

/// A unit as it may follow a number: ms is 0.001 s.
struct UnitWord {
  double factor;
  Unit unit;
};
std::optional<UnitWord> find_unit(std::string_view word);
/// All of them, for errors.
std::string unit_words();

}  // namespace hedge::rules
