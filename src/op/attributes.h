// A node's attributes: a small sorted list of named values, the same in the graph, the program and the engine file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "tensor/tensor.h"

namespace hedge::op {

using AttributeValue = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
                                    std::vector<std::string>, std::shared_ptr<const tensor::Tensor>>;

/// Look-ups never allocate, so a reference kernel may call them at run time.
class Attributes {
 public:
  bool has(std::string_view name) const { return find(name) != nullptr; }
  void set(std::string_view name, AttributeValue value);  ///< adds or replaces
  void erase(std::string_view name);

  /// The value, or `fallback` where the attribute is absent or of another type (the importer has checked types).
  std::int64_t integer(std::string_view name, std::int64_t fallback) const;
  float real(std::string_view name, float fallback) const;
  std::string_view string(std::string_view name, std::string_view fallback) const;
  /// Empty where absent.
  std::span<const std::int64_t> integers(std::string_view name) const;
  std::span<const float> reals(std::string_view name) const;
  std::span<const std::string> strings(std::string_view name) const;
  const tensor::Tensor* tensor(std::string_view name) const;  ///< null where absent

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t count() const { return entries_.size(); }
  bool operator==(const Attributes&) const = default;

 private:
  const AttributeValue* find(std::string_view name) const;
  template <class T>
  const T* get(std::string_view name) const;
  std::vector<std::pair<std::string, AttributeValue>> entries_;
};

}  // namespace hedge::op
