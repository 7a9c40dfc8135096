// Which vector instructions this CPU has, and which we may use (HEDGE_ISA=ref|avx2|... lowers it, for tests).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hedge::kernel {

/// One bit per family of instructions that a kernel may need, stable on disk.
enum class Isa : std::uint32_t {
  kAvx2 = 1u << 0,        ///< AVX2 and FMA3
  kAvx512 = 1u << 1,      ///< AVX-512 F, BW, DQ, VL (Skylake-X and later)
  kAvx512Vnni = 1u << 2,  ///< and VNNI
  kAvx512Vbmi = 1u << 3,  ///< and VBMI
  kAvxVnni = 1u << 4,     ///< VEX-coded VNNI on ymm (Alder Lake, Zen 5)
};

struct IsaSet {
  std::uint32_t bits = 0;
  bool has(Isa isa) const { return (bits & static_cast<std::uint32_t>(isa)) != 0; }
  void add(Isa isa) { bits |= static_cast<std::uint32_t>(isa); }
  bool contains(IsaSet other) const { return (bits & other.bits) == other.bits; }
  bool operator==(const IsaSet&) const = default;
};

std::string to_string(IsaSet set);  ///< "avx2+avx512", "none"

/// What the CPU and the operating system offer, read once.
IsaSet detect_isa();

/// detect_isa() lowered by HEDGE_ISA (ref, avx2, avxvnni, avx512, avx512vnni, avx512vbmi, native). An unknown word is a
/// kUsage error.
base::Result<IsaSet> usable_isa();

}  // namespace hedge::kernel
