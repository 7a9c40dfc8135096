#include "format/npy.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include "base/file.h"

namespace hedge::format {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using tensor::DType;

struct Code {
  std::string_view text;
  DType dtype;
};
constexpr Code kCodes[] = {{"<f4", DType::kF32}, {"<f8", DType::kF64}, {"<f2", DType::kF16}, {"|i1", DType::kI8},
                           {"|u1", DType::kU8},  {"<i2", DType::kI16}, {"<u2", DType::kU16}, {"<i4", DType::kI32},
                           {"<u4", DType::kU32}, {"<i8", DType::kI64}, {"<u8", DType::kU64}, {"|b1", DType::kBool}};
constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kFileBytesMax = std::uint64_t{2} << 30;

/// What follows 'key': in the header's Python dictionary.
std::string_view field(std::string_view header, std::string_view key) {
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos) return {};
  std::string_view rest = header.substr(at + key.size());
  rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of("': ")));
  return rest;
}

Result<tensor::Shape> parse_shape(std::string_view text) {
  if (text.empty() || text[0] != '(') return fail(ErrorKind::kInvalid, "the shape cannot be read");
  text = text.substr(1, text.find(')') - 1);
  std::vector<std::int64_t> dims;
  while (!text.empty()) {
    const std::size_t skip = text.find_first_of("0123456789");
    if (skip == std::string_view::npos) break;
    std::int64_t dim = 0;
    const auto [end, error] = std::from_chars(text.data() + skip, text.data() + text.size(), dim);
    if (error != std::errc()) return fail(ErrorKind::kInvalid, "the shape cannot be read");
    dims.push_back(dim);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return tensor::Shape::create(dims);
}

}  // namespace

Result<tensor::Tensor> decode_npy(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic) || text.size() < 12) return fail(ErrorKind::kInvalid, "not a .npy file");
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(text[at])); };
  const bool wide = byte(6) >= 2;
  const std::size_t begin = wide ? 12 : 10;
  const std::size_t length = byte(8) | byte(9) << 8 | (wide ? byte(10) << 16 | byte(11) << 24 : 0);
  if (length > text.size() - begin) return fail(ErrorKind::kInvalid, "the .npy header ends too early");
  const std::string_view header = text.substr(begin, length);
  const std::string_view order = field(header, "fortran_order");
  if (!order.starts_with("False"))
    return fail(ErrorKind::kUnsupported, "Fortran order; save numpy.ascontiguousarray(x)");
  const std::string_view descr = field(header, "descr").substr(0, 3);
  const auto code = std::ranges::find(kCodes, descr, &Code::text);
  if (code == std::end(kCodes)) return fail(ErrorKind::kUnsupported, "elements of type '{}'", descr);
  const tensor::TensorType type{code->dtype, TRY(parse_shape(field(header, "shape")))};
  const auto data = bytes.subspan(begin + length);
  if (data.size() != type.size_bytes())
    return fail(ErrorKind::kInvalid, "{} bytes for {}", data.size(), type.to_string());
  tensor::Tensor tensor(type);
  std::ranges::copy(data, tensor.bytes().begin());
  if (type.dtype == DType::kBool)
    for (std::byte& value : tensor.bytes()) value = value == std::byte{0} ? std::byte{0} : std::byte{1};
  return tensor;
}

Result<tensor::Tensor> read_npy(const std::filesystem::path& path) {
  const auto bytes = TRY(base::read_file(path, kFileBytesMax));
  auto tensor = decode_npy(bytes);
  if (!tensor) return base::in_context(tensor.error(), path.string());
  return tensor;
}

std::vector<std::byte> encode_npy(const tensor::Tensor& tensor) {
  std::string dims;
  for (const std::int64_t dim : tensor.shape()) dims += std::to_string(dim) + ",";
  // NumPy has no bfloat16: its bits are written as u16.
  const DType dtype = tensor.dtype() == DType::kBF16 ? DType::kU16 : tensor.dtype();
  const auto code = std::ranges::find(kCodes, dtype, &Code::dtype);
  HEDGE_CHECK(code != std::end(kCodes));
  std::string header =
      "{'descr': '" + std::string(code->text) + "', 'fortran_order': False, 'shape': (" + dims + "), }";
  header.append(64 - (10 + header.size() + 1) % 64, ' ');
  header += '\n';
  std::string head(kMagic);
  head += '\x01';
  head += '\0';
  head += static_cast<char>(header.size() & 0xFF);
  head += static_cast<char>(header.size() >> 8);
  head += header;
  std::vector<std::byte> bytes(head.size() + tensor.bytes().size());
  std::memcpy(bytes.data(), head.data(), head.size());
  std::ranges::copy(tensor.bytes(), bytes.begin() + static_cast<std::ptrdiff_t>(head.size()));
  return bytes;
}

}  // namespace hedge::format
