// Integer weights in quads. A unit is what one instruction takes: for each of `width` channels the four weights of a
// quad, as bytes, or widened to 16 bits with the taps 0 and 2 of all channels before the taps 1 and 3 (how AVX2 splits
// a quad of x: even bytes, odd bytes).
//   quads16, quads8_i16   [group][panel of 16 channels][run][quad][16 / width units]
//   taps16, taps8, taps8_i16   [block of channels][quad of taps][4 units], channels in the order of a byte interleave
#include <algorithm>
#include <optional>

#include "base/check.h"
#include "kernel/qconv_layout.h"
#include "kernel/table.h"

namespace hedge::kernel {
namespace {

struct Packing {
  std::string_view name;
  std::int64_t width;  ///< channels in a unit
  bool wide;           ///< 16 bits a weight
  bool depthwise;
  std::int64_t unit_bytes() const { return width * 4 * (wide ? 2 : 1); }
};
constexpr Packing kPackings[] = {{"quads16", 16, false, false},
                                 {"quads8_i16", 8, true, false},
                                 {"taps16", 16, false, true},
                                 {"taps8", 8, false, true},
                                 {"taps8_i16", 8, true, true}};

constexpr std::int64_t kChannelStep = 4;  // bytes: a quad, or two taps of 16 bits

const Packing& find(std::string_view name) {
  const Packing* found = std::ranges::find(kPackings, name, &Packing::name);
  HEDGE_CHECK(found != std::end(kPackings));
  return *found;
}

/// Where a unit keeps tap `tap` of its first channel, in bytes; the next channel's stands kChannelStep further.
std::int64_t place_of_tap(const Packing& packing, std::int64_t tap) {
  return packing.wide ? tap % 2 * packing.width * kChannelStep + tap / 2 * 2 : tap;
}

std::int64_t panels(const ConvShape& p) { return (p.group_out() + kPanel - 1) / kPanel; }

/// Calls visit(byte in the packed weights, index in the dense ones, count) for each strip of weights of neighbouring
/// channels: in the packed weights they stand kChannelStep apart.
template <class Visit>
void for_each_quad_strip(const Packing& packing, const ConvShape& p, const Visit& visit) {
  const QuadRuns runs = quad_runs(p);
  std::int64_t unit = 0;
  for (std::int64_t group = 0; group < p.groups; ++group)
    for (std::int64_t panel = 0; panel < panels(p); ++panel)
      for (std::int64_t run = 0; run < runs.count; ++run)
        for (std::int64_t quad = 0; quad < runs.quads; ++quad)
          for (std::int64_t c = 0; c < kPanel; c += packing.width, unit += packing.unit_bytes()) {
            const std::int64_t channel = panel * kPanel + c, count = std::min(packing.width, p.group_out() - channel);
            for (std::int64_t k = quad * 4, tap = 0; tap < 4 && k < runs.bytes && count > 0; ++k, ++tap)
              visit(unit + place_of_tap(packing, tap),
                    (run * runs.bytes + k) * p.out_c + group * p.group_out() + channel, count);
          }
}

/// Calls visit(first channel, pixels side by side) for each block of a depthwise kernel.
template <class Visit>
void for_each_block(const Packing& packing, const ConvShape& p, const Visit& visit) {
  const std::int64_t lanes = packing.width / 4;
  for (std::int64_t c = 0; c < p.in_c;) {
    const std::int64_t pixels = depthwise_pixels(p.in_c - c, lanes);
    visit(c, pixels);
    c += 16 * lanes / pixels;
  }
}

template <class Visit>
void for_each_tap_strip(const Packing& packing, const ConvShape& p, const Visit& visit) {
  const std::int64_t lanes = packing.width / 4;
  std::int64_t packed = 0;
  for_each_block(packing, p, [&](std::int64_t first, std::int64_t pixels) {
    for (std::int64_t quad = 0; quad < tap_quads(p); ++quad)
      for (std::int64_t unit = 0; unit < 4; ++unit, packed += packing.unit_bytes())
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
          // Interleaving rows of bytes leaves channels 4 unit .. 4 unit + 3 of every 16 in unit `unit`.
          const std::int64_t channel = first + 16 * (lane % (lanes / pixels)) + 4 * unit;
          const std::int64_t count = std::min<std::int64_t>(4, p.out_c - channel);
          for (std::int64_t k = 0; k < 4; ++k)
            if (const std::int64_t tap = tap_of(p, quad, k); tap >= 0 && count > 0)
              visit(packed + place_of_tap(packing, k) + lane * 4 * kChannelStep, tap * p.out_c + channel, count);
        }
  });
}

template <class Visit>
void for_each_strip(const Packing& packing, const ConvShape& p, const Visit& visit) {
  packing.depthwise ? for_each_tap_strip(packing, p, visit) : for_each_quad_strip(packing, p, visit);
}

}  // namespace

std::size_t packed_qconv_bytes(const char* name, const ConvShape& p) {
  const Packing& packing = find(name);
  if (!packing.depthwise) {
    const QuadRuns runs = quad_runs(p);
    return static_cast<std::size_t>(p.groups * panels(p) * runs.count * runs.quads * kPanel / packing.width *
                                    packing.unit_bytes());
  }
  std::int64_t blocks = 0;
  for_each_block(packing, p, [&](std::int64_t, std::int64_t) { ++blocks; });
  return static_cast<std::size_t>(blocks * tap_quads(p) * 4 * packing.unit_bytes());
}

void pack_qconv(const char* name, const ConvShape& p, const std::int8_t* w, std::int8_t* packed) {
  const Packing& packing = find(name);
  std::fill_n(packed, packed_qconv_bytes(name, p), std::int8_t{0});
  for_each_strip(packing, p, [&](std::int64_t at, std::int64_t dense, std::int64_t count) {
    for (std::int64_t c = 0; c < count; ++c) packed[at + c * kChannelStep] = w[dense + c];
    if (packing.wide)  // the upper byte, little-endian
      for (std::int64_t c = 0; c < count; ++c)
        packed[at + c * kChannelStep + 1] = static_cast<std::int8_t>(w[dense + c] >> 7);
  });
}

void unpack_qconv(const char* name, const ConvShape& p, const std::int8_t* packed, std::int8_t* w) {
  for_each_strip(find(name), p, [&](std::int64_t at, std::int64_t dense, std::int64_t count) {
    for (std::int64_t c = 0; c < count; ++c) w[dense + c] = packed[at + c * kChannelStep];
  });
}

}  // namespace hedge::kernel
