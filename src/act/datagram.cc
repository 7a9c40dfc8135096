#include "act/datagram.h"

#include <cstring>

#include "base/crc32c.h"
#include "base/file.h"

namespace hedge::act {
namespace {

using base::ErrorKind;
using base::fail;

// Offsets in bytes.
constexpr std::size_t kMagicAt = 0, kVersionAt = 4, kStateAt = 5, kFlagsAt = 6, kSequenceAt = 8, kClockAt = 16,
                      kSessionAt = 20, kCapturedAt = 24, kDecidedAt = 32, kSentAt = 40, kRuleAt = 48, kValueAt = 56,
                      kCrcAt = 60;
constexpr std::array<char, 4> kMagic = {'H', 'A', 'C', 'T'};
constexpr std::uint16_t kRepeatFlag = 1, kClosingFlag = 2;

template <class T>
void put(DatagramBytes& bytes, std::size_t at, T value) {
  for (std::size_t k = 0; k < sizeof(T); ++k)
    bytes[at + k] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * k));
}

template <class T>
T get(std::span<const std::byte> bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t k = 0; k < sizeof(T); ++k) value |= static_cast<std::uint64_t>(bytes[at + k]) << (8 * k);
  return static_cast<T>(value);
}

std::chrono::nanoseconds get_time(std::span<const std::byte> bytes, std::size_t at) {
  return std::chrono::nanoseconds(get<std::int64_t>(bytes, at));
}

}  // namespace

DatagramBytes encode(const Datagram& datagram) {
  DatagramBytes bytes{};
  std::memcpy(bytes.data() + kMagicAt, kMagic.data(), kMagic.size());
  put(bytes, kVersionAt, kDatagramVersion);
  put(bytes, kStateAt, static_cast<std::uint8_t>(datagram.state));
  const int flags = (datagram.repeat ? kRepeatFlag : 0) | (datagram.closing ? kClosingFlag : 0);
  put(bytes, kFlagsAt, static_cast<std::uint16_t>(flags));
  put(bytes, kSequenceAt, datagram.sequence);
  put(bytes, kClockAt, datagram.clock);
  put(bytes, kSessionAt, datagram.session);
  put(bytes, kCapturedAt, static_cast<std::int64_t>(datagram.captured.count()));
  put(bytes, kDecidedAt, static_cast<std::int64_t>(datagram.decided.count()));
  put(bytes, kSentAt, static_cast<std::int64_t>(datagram.sent.count()));
  put(bytes, kRuleAt, datagram.rule);
  put(bytes, kValueAt, datagram.value);
  put(bytes, kCrcAt, base::crc32c(std::span(bytes).first(kCrcAt)));
  return bytes;
}

base::Result<Datagram> decode(std::span<const std::byte> bytes) {
  if (bytes.size() < kSequenceAt || std::memcmp(bytes.data() + kMagicAt, kMagic.data(), kMagic.size()) != 0)
    return fail(ErrorKind::kInvalid, "not a datagram of Hedge: {} bytes without its magic", bytes.size());
  if (const auto version = get<std::uint8_t>(bytes, kVersionAt); version != kDatagramVersion)
    return fail(ErrorKind::kUnsupported, "datagram of version {}; this build reads version {}", version,
                kDatagramVersion);
  if (bytes.size() != kDatagramBytes)
    return fail(ErrorKind::kInvalid, "datagram of {} bytes; version {} has {}", bytes.size(), kDatagramVersion,
                kDatagramBytes);
  if (get<std::uint32_t>(bytes, kCrcAt) != base::crc32c(bytes.first(kCrcAt)))
    return fail(ErrorKind::kInvalid, "datagram with a wrong checksum");
  const auto state = get<std::uint8_t>(bytes, kStateAt);
  if (state > static_cast<std::uint8_t>(State::kSafe))
    return fail(ErrorKind::kInvalid, "datagram with the unknown state {}", state);
  const auto flags = get<std::uint16_t>(bytes, kFlagsAt);
  return Datagram{.state = static_cast<State>(state),
                  .repeat = (flags & kRepeatFlag) != 0,
                  .closing = (flags & kClosingFlag) != 0,
                  .sequence = get<std::uint64_t>(bytes, kSequenceAt),
                  .clock = get<std::uint32_t>(bytes, kClockAt),
                  .session = get<std::uint32_t>(bytes, kSessionAt),
                  .captured = get_time(bytes, kCapturedAt),
                  .decided = get_time(bytes, kDecidedAt),
                  .sent = get_time(bytes, kSentAt),
                  .rule = get<std::uint64_t>(bytes, kRuleAt),
                  .value = get<std::int32_t>(bytes, kValueAt)};
}

std::uint32_t clock_id() {
  static const std::uint32_t id = [] {
    const auto boot = base::read_text_file("/proc/sys/kernel/random/boot_id", 4096);
    return boot ? base::crc32c(std::as_bytes(std::span(*boot))) : 0u;
  }();
  return id;
}

}  // namespace hedge::act
