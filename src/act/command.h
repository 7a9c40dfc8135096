// What a rule asks of an actuator: a state, the times that belong to it and the rule's name, without anything that
// would have to be allocated, so that a frame's decision can be handed over on the hot path.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace hedge::act {

/// The numbers stand in datagrams: docs/formats/actuator.md.
enum class State : std::uint8_t { kOff = 0, kOn = 1, kSafe = 2 };

const char* to_string(State state);

/// What an actuator sends for each state, in its kind's own terms.
template <class T>
struct Values {
  T off{}, on{}, safe{};

  const T& of(State state) const { return state == State::kOff ? off : state == State::kOn ? on : safe; }
};

/// A rule's name, to be read by people, with the hash of the whole name, to be read by machines.
class RuleName {
 public:
  RuleName() = default;
  explicit RuleName(std::string_view name);

  /// FNV-1a, 64 bits, of the whole name; 0 where there is none.
  std::uint64_t hash() const { return hash_; }
  /// The name, cut at a character's end where it is longer than 47 bytes.
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::uint64_t hash_ = 0;
  std::array<char, 47> text_{};
  std::uint8_t size_ = 0;
};

struct Command {
  State state = State::kOff;
  std::chrono::nanoseconds captured{0};  ///< steady clock: when the frame was captured; 0 where there is none
  std::chrono::nanoseconds decided{0};   ///< steady clock: when the rule had its verdict; 0 where there is none
  RuleName rule;
};

/// The steady clock's time since its epoch: CLOCK_MONOTONIC, the same in all processes of a machine.
inline std::chrono::nanoseconds steady_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

}  // namespace hedge::act
