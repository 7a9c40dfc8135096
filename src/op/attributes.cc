#include "op/attributes.h"

#include <algorithm>

namespace hedge::op {

void Attributes::set(std::string_view name, AttributeValue value) {
  const auto at =
      std::ranges::lower_bound(entries_, name, {}, [](const auto& entry) -> std::string_view { return entry.first; });
  if (at != entries_.end() && at->first == name)
    at->second = std::move(value);
  else
    entries_.emplace(at, std::string(name), std::move(value));
}

void Attributes::erase(std::string_view name) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.first == name; });
}

const AttributeValue* Attributes::find(std::string_view name) const {
  for (const auto& [key, value] : entries_)
    if (key == name) return &value;
  return nullptr;
}

template <class T>
const T* Attributes::get(std::string_view name) const {
  const AttributeValue* value = find(name);
  return value != nullptr ? std::get_if<T>(value) : nullptr;
}

std::int64_t Attributes::integer(std::string_view name, std::int64_t fallback) const {
  const auto* value = get<std::int64_t>(name);
  return value != nullptr ? *value : fallback;
}

float Attributes::real(std::string_view name, float fallback) const {
  const auto* value = get<float>(name);
  return value != nullptr ? *value : fallback;
}

std::string_view Attributes::string(std::string_view name, std::string_view fallback) const {
  const auto* value = get<std::string>(name);
  return value != nullptr ? std::string_view(*value) : fallback;
}

std::span<const std::int64_t> Attributes::integers(std::string_view name) const {
  const auto* value = get<std::vector<std::int64_t>>(name);
  return value != nullptr ? std::span<const std::int64_t>(*value) : std::span<const std::int64_t>();
}

std::span<const float> Attributes::reals(std::string_view name) const {
  const auto* value = get<std::vector<float>>(name);
  return value != nullptr ? std::span<const float>(*value) : std::span<const float>();
}

std::span<const std::string> Attributes::strings(std::string_view name) const {
  const auto* value = get<std::vector<std::string>>(name);
  return value != nullptr ? std::span<const std::string>(*value) : std::span<const std::string>();
}

const tensor::Tensor* Attributes::tensor(std::string_view name) const {
  const auto* value = get<std::shared_ptr<const tensor::Tensor>>(name);
  return value != nullptr ? value->get() : nullptr;
}

}  // namespace hedge::op
