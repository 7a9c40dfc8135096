#include "kernel/isa.h"

#include <cstdlib>

namespace hedge::kernel {
namespace {

struct Named {
  Isa isa;
  std::string_view name;
};
constexpr Named kNames[] = {{Isa::kAvx2, "avx2"},
                            {Isa::kAvx512, "avx512"},
                            {Isa::kAvx512Vnni, "avx512vnni"},
                            {Isa::kAvx512Vbmi, "avx512vbmi"},
                            {Isa::kAvxVnni, "avxvnni"}};

IsaSet read_cpu() {
  IsaSet set;
#if defined(__x86_64__)
  __builtin_cpu_init();  // also asks the operating system whether it saves the wide registers
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) set.add(Isa::kAvx2);
  if (set.has(Isa::kAvx2) && __builtin_cpu_supports("avxvnni")) set.add(Isa::kAvxVnni);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    set.add(Isa::kAvx512);
  if (set.has(Isa::kAvx512) && __builtin_cpu_supports("avx512vnni")) set.add(Isa::kAvx512Vnni);
  if (set.has(Isa::kAvx512) && __builtin_cpu_supports("avx512vbmi")) set.add(Isa::kAvx512Vbmi);
#endif
  return set;
}

}  // namespace

std::string to_string(IsaSet set) {
  std::string text;
  for (const auto& [isa, name] : kNames)
    if (set.has(isa)) text += (text.empty() ? "" : "+") + std::string(name);
  return text.empty() ? "none" : text;
}

IsaSet detect_isa() {
  static const IsaSet set = read_cpu();
  return set;
}

base::Result<IsaSet> usable_isa() {
  const char* wanted = std::getenv("HEDGE_ISA");
  const IsaSet all = detect_isa();
  const std::string_view word = wanted != nullptr ? wanted : "native";
  if (word == "native" || word.empty()) return all;
  IsaSet allowed;
  if (word == "ref") return allowed;
  const bool vbmi = word == "avx512vbmi", vnni = vbmi || word == "avx512vnni", avx512 = vnni || word == "avx512";
  if (!avx512 && word != "avx2" && word != "avxvnni")
    return base::fail(base::ErrorKind::kUsage,
                      "HEDGE_ISA={}: use ref, avx2, avxvnni, avx512, avx512vnni, avx512vbmi or native", word);
  allowed.add(Isa::kAvx2);
  if (vnni || word == "avxvnni") allowed.add(Isa::kAvxVnni);
  if (avx512) allowed.add(Isa::kAvx512);
  if (vnni) allowed.add(Isa::kAvx512Vnni);
  if (vbmi) allowed.add(Isa::kAvx512Vbmi);
  return IsaSet{allowed.bits & all.bits};
}

}  // namespace hedge::kernel
