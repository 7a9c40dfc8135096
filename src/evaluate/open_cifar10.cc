// CIFAR-10's binary version (https://www.cs.toronto.edu/~kriz/cifar.html): records of a label byte and 3072 bytes.
#include "base/check.h"
#include "base/file.h"
#include "evaluate/readers.h"

namespace hedge::evaluate {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;

constexpr int kSide = 32;                        // pixels
constexpr std::size_t kPlane = kSide * kSide;    // bytes of one colour
constexpr std::size_t kRecord = 1 + 3 * kPlane;  // bytes
constexpr int kClasses = 10;

class Cifar10 final : public Dataset {
 public:
  Cifar10(base::MappedFile file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  std::int64_t count() const override { return static_cast<std::int64_t>(file_.bytes().size() / kRecord); }
  TruthKind truth() const override { return TruthKind::kClass; }
  base::Result<Sample> sample(std::int64_t index) const override {
    HEDGE_CHECK(index >= 0 && index < count());
    const std::byte* record = file_.bytes().data() + static_cast<std::size_t>(index) * kRecord;
    auto pixels = std::make_shared<std::vector<std::uint8_t>>(3 * kPlane);
    for (std::size_t k = 0; k < kPlane; ++k)
      for (std::size_t c = 0; c < 3; ++c)  // planes of red, green, blue -> pixels of blue, green, red
        (*pixels)[3 * k + c] = std::to_integer<std::uint8_t>(record[1 + (2 - c) * kPlane + k]);
    Sample sample{.name = fmt::format("{}[{}]", name_, index), .class_id = std::to_integer<int>(record[0])};
    sample.data = media::Frame{.pixels = pixels->data(),
                               .width = kSide,
                               .height = kSide,
                               .stride = 3 * kSide,
                               .name = sample.name,
                               .owner = pixels};
    return sample;
  }

 private:
  base::MappedFile file_;
  std::string name_;
};

}  // namespace

base::Result<DatasetPtr> open_cifar10(const fs::path& file) {
  base::MappedFile map = TRY(base::MappedFile::open(file));
  const std::span<const std::byte> bytes = map.bytes();
  if (bytes.empty() || bytes.size() % kRecord != 0)
    return fail(ErrorKind::kInvalid, "{}: {} bytes are no whole number of CIFAR-10 records of {}", file.string(),
                bytes.size(), kRecord);
  for (std::size_t at = 0; at < bytes.size(); at += kRecord)
    if (std::to_integer<int>(bytes[at]) >= kClasses)
      return fail(ErrorKind::kInvalid, "{}: record {} has class {}; CIFAR-10 has 0 to {}", file.string(), at / kRecord,
                  std::to_integer<int>(bytes[at]), kClasses - 1);
  return std::make_unique<Cifar10>(std::move(map), file.filename().string());
}

}  // namespace hedge::evaluate
