// Whatever bytes a .hedge file holds: they are refused with an error, or they run without touching a byte that is not
// theirs. Checksums are made right before decoding, since no mutation would ever get past them.
//
//   ./dev test --fuzz                                    a smoke run
//   build-fuzz/fuzz/fuzz_engine_file build-fuzz/fuzz/engine_file_seeds      for as long as you like
#include "format/engine_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/aligned_buffer.h"
#include "base/crc32c.h"
#include "engine/verify.h"
#include "format/engine_layout.h"

namespace hedge {
namespace {

using tensor::DType;

constexpr std::size_t kGoldenCasesMax = 4;  // each is an inference

template <class T>
T read_at(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

/// Size and checksums as the bytes need them.
void sign(std::span<std::byte> bytes) {
  if (bytes.size() < format::kHeaderBytes) return;
  const std::uint64_t size = bytes.size();
  std::memcpy(bytes.data() + 16, &size, sizeof(size));
  const auto count = read_at<std::uint32_t>(bytes, 24);
  if (count > format::kSectionsMax) return;
  const std::size_t head = format::kHeaderBytes + count * format::kSectionBytes;
  if (head > size) return;
  for (std::uint32_t k = 0; k < count; ++k) {
    const std::size_t row = format::kHeaderBytes + k * format::kSectionBytes;
    const auto offset = read_at<std::uint64_t>(bytes, row + 8), length = read_at<std::uint64_t>(bytes, row + 16);
    if (offset > size || length > size - offset) continue;
    const std::uint32_t crc = base::crc32c(bytes.subspan(offset, length));
    std::memcpy(bytes.data() + row + 4, &crc, sizeof(crc));
  }
  std::memset(bytes.data() + format::kHeaderCrcAt, 0, 4);
  const std::uint32_t crc = base::crc32c(bytes.first(head));
  std::memcpy(bytes.data() + format::kHeaderCrcAt, &crc, sizeof(crc));
}

/// A bound of the work, so that an input that is merely large does not look like one that hangs.
bool is_small(const program::Program& program) {
  constexpr std::uint64_t kArenaMax = 1 << 20;
  constexpr double kWorkMax = 1e9;  // operand elements times result elements, all steps
  if (program.arena_bytes > kArenaMax || program.steps.size() > 64) return false;
  double work = 0;
  for (const program::Step& step : program.steps) {
    double in = 1, out = 1;
    const auto elements = [&](std::int32_t index) {
      const bool exists = index >= 0 && static_cast<std::size_t>(index) < program.tensors.size();
      return exists ? static_cast<double>(program.tensors[static_cast<std::size_t>(index)].type.elements()) : 0.0;
    };
    for (const std::int32_t index : step.inputs) in += elements(index);
    for (const std::int32_t index : step.outputs) out += elements(index);
    work += in * out;
  }
  return work <= kWorkMax;
}

/// Values that a model's inputs may hold but that nobody expects.
void fill(const tensor::TensorView& view) {
  constexpr float kFloats[] = {
      0, -1, 0.5f, 3, 1e30f, -1e30f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()};
  constexpr std::int64_t kIntegers[] = {0, 1, -1, 2, 3, 1 << 30, std::numeric_limits<std::int64_t>::max()};
  const auto cycle = [&]<class T>(std::span<T> values, const auto& from) {
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<T>(from[k % std::size(from)]);
  };
  switch (view.dtype()) {
    case DType::kF32: return cycle(view.as<float>(), kFloats);
    case DType::kI64: return cycle(view.as<std::int64_t>(), kIntegers);
    case DType::kI32: return cycle(view.as<std::int32_t>(), kIntegers);
    case DType::kBool:
      for (std::size_t k = 0; k < view.as<bool>().size(); ++k) view.as<bool>()[k] = k % 2 == 0;
      return;
    default:
      for (std::size_t k = 0; k < view.type.size_bytes(); ++k) view.data[k] = static_cast<std::byte>(k * 73);
  }
}

void run_twice(engine::Engine& engine) {
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (std::size_t k = 0; k < engine.inputs().size(); ++k) fill(engine.input(static_cast<int>(k)));
    (void)engine.run();
  }
}

}  // namespace
}  // namespace hedge

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hedge;  // NOLINT: the harness is outside the namespace
  auto buffer = std::make_shared<base::AlignedBuffer>(size);
  if (size > 0) std::memcpy(buffer->data(), data, size);
  sign({buffer->data(), size});
  auto file = format::decode_engine({buffer->data(), size}, buffer);
  if (!file || !is_small(file->program)) return 0;
  (void)format::encode_engine(*file);
  format::GoldenCases golden = std::move(file->golden);
  golden.resize(std::min(golden.size(), kGoldenCasesMax));
  auto engine = engine::Engine::create(std::move(file->program));
  if (!engine) return 0;
  run_twice(*engine);
  (void)engine::verify(*engine, golden);
  // The same as the loader of a weaker machine sees it.
  program::Program program = engine->program();
  kernel::IsaSet weaker;
  if (size % 2 == 0) weaker.add(kernel::Isa::kAvx2);
  if (!kernel::detect_isa().contains(weaker) || !program::repack(program, weaker)) return 0;
  if (auto repacked = engine::Engine::create(std::move(program))) run_twice(*repacked);
  return 0;
}
