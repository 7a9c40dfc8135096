#include "format/golden_noise.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hedge::format {
namespace {

using base::ErrorKind;
using base::fail;
using base::Status;
using tensor::DType;

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t levels) {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return static_cast<std::uint32_t>(((z >> 32) * levels) >> 32);
  }

 private:
  std::uint64_t state_;
};

/// The nearest value of T, ties to even; at most 2^24 in magnitude, so that every conversion is defined.
template <class T>
T rounded(float value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value != 0;
  } else if constexpr (std::is_integral_v<T>) {
    constexpr double kLargest = GoldenNoise::kLevelsMax;
    const double low = std::max(-kLargest, static_cast<double>(std::numeric_limits<T>::min()));
    const double high = std::min(kLargest, static_cast<double>(std::numeric_limits<T>::max()));
    return static_cast<T>(std::nearbyint(std::clamp(static_cast<double>(value), low, high)));
  } else {
    return T(value);
  }
}

template <class T>
void fill_values(const GoldenNoise& noise, const tensor::TensorView& view) {
  Draws draws(noise.seed);
  const tensor::Shape& shape = view.shape();
  const bool channels = noise.shift.size() > 1 || noise.scale.size() > 1;
  const std::int64_t count = channels ? shape[noise.axis] : 1;
  const std::int64_t inner = channels ? shape.elements(noise.axis + 1, shape.rank()) : view.type.elements();
  const std::span<T> values = view.as<T>();
  for (std::size_t at = 0; at < values.size();)
    for (std::int64_t c = 0; c < count; ++c) {
      const float shift = noise.shift[noise.shift.size() > 1 ? static_cast<std::size_t>(c) : 0];
      const float scale = noise.scale[noise.scale.size() > 1 ? static_cast<std::size_t>(c) : 0];
      for (std::int64_t k = 0; k < inner; ++k)
        values[at++] = rounded<T>((static_cast<float>(draws.below(noise.levels)) - shift) * scale);
    }
}

}  // namespace

Status check_noise(const GoldenNoise& noise, const tensor::TensorType& type) {
  if (noise.levels < 1 || noise.levels > GoldenNoise::kLevelsMax)
    return fail(ErrorKind::kInvalid, "noise of {} levels", noise.levels);
  for (const std::vector<float>* list : {&noise.shift, &noise.scale}) {
    const bool fits = list->size() == 1 || (noise.axis < type.shape.rank() &&
                                            static_cast<std::int64_t>(list->size()) == type.shape[noise.axis]);
    if (list->empty() || !fits)
      return fail(ErrorKind::kInvalid, "noise with {} factors along axis {} of {}", list->size(), noise.axis,
                  type.to_string());
    if (!std::ranges::all_of(*list, [](float x) { return std::isfinite(x); }))
      return fail(ErrorKind::kInvalid, "noise with a factor that is no number");
  }
  return {};
}

void fill_noise(const GoldenNoise& noise, const tensor::TensorView& view) {
  switch (view.dtype()) {
    case DType::kF32: return fill_values<float>(noise, view);
    case DType::kF64: return fill_values<double>(noise, view);
    case DType::kF16: return fill_values<tensor::Half>(noise, view);
    case DType::kBF16: return fill_values<tensor::BFloat16>(noise, view);
    case DType::kU8: return fill_values<std::uint8_t>(noise, view);
    case DType::kI8: return fill_values<std::int8_t>(noise, view);
    case DType::kU16: return fill_values<std::uint16_t>(noise, view);
    case DType::kI16: return fill_values<std::int16_t>(noise, view);
    case DType::kU32: return fill_values<std::uint32_t>(noise, view);
    case DType::kI32: return fill_values<std::int32_t>(noise, view);
    case DType::kU64: return fill_values<std::uint64_t>(noise, view);
    case DType::kI64: return fill_values<std::int64_t>(noise, view);
    case DType::kBool: return fill_values<bool>(noise, view);
    case DType::kUndefined: return;
  }
}

}  // namespace hedge::format
