#include "evaluate/file_dataset.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "format/npy.h"
#include "graph/tensor_proto.h"
#include "media/image_source.h"

namespace hedge::evaluate {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using tensor::Tensor;

constexpr std::uint64_t kRawBytesMax = std::uint64_t{1} << 30;  // the largest tensor of f32

base::Result<Tensor> read_raw(const fs::path& path, const pipeline::InputCard& input) {
  const std::vector<std::byte> bytes = TRY(base::read_file(path, kRawBytesMax));
  const auto element = static_cast<std::int64_t>(tensor::size_of(input.sample_dtype));
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (size == 0 || size % element != 0)
    return fail(ErrorKind::kInvalid, "{}: {} bytes are no whole number of {}; the card's [input] dtype says so",
                path.string(), size, tensor::to_string(input.sample_dtype));
  const tensor::Shape shape =
      input.sample_shape.empty() ? tensor::Shape{size / element} : TRY(tensor::Shape::create(input.sample_shape));
  if (shape.elements() != size / element)
    return fail(ErrorKind::kInvalid, "{}: {} elements; the card's [input] shape says {}", path.string(), size / element,
                shape.to_string());
  Tensor tensor(input.sample_dtype, shape);
  std::ranges::copy(bytes, tensor.bytes().begin());
  return tensor;
}

base::Result<Tensor> read_tensor(const fs::path& path, const pipeline::InputCard& input) {
  if (path.extension() == ".npy") return format::read_npy(path);
  if (path.extension() == ".pb") return TRY(graph::read_tensor_pb(path)).tensor;
  return read_raw(path, input);
}

class FileDataset final : public Dataset {
 public:
  explicit FileDataset(FileDatasetParts parts) : parts_(std::move(parts)) {}

  std::int64_t count() const override { return static_cast<std::int64_t>(parts_.items.size()); }
  TruthKind truth() const override { return parts_.truth; }
  std::int64_t category_id(int class_id) const override {
    const auto index = static_cast<std::size_t>(class_id);
    return index < parts_.category_ids.size() ? parts_.category_ids[index] : class_id;
  }
  base::Result<Sample> sample(std::int64_t index) const override {
    HEDGE_CHECK(index >= 0 && index < count());
    const FileItem& item = parts_.items[static_cast<std::size_t>(index)];
    Sample sample{.name = item.name,
                  .image_id = item.image_id,
                  .data = TRY(load_file(item.path, parts_.input)),
                  .class_id = item.class_id,
                  .boxes = item.boxes,
                  .boxes_left_out = item.boxes_left_out};
    if (const auto* frame = std::get_if<media::Frame>(&sample.data); frame != nullptr && parts_.boxes_normalised)
      for (TrueBox& truth : sample.boxes) to_pixels(truth, frame->width, frame->height);
    return sample;
  }

 private:
  static void to_pixels(TrueBox& truth, double width, double height) {
    truth.box = {truth.box.x * width, truth.box.y * height, truth.box.width * width, truth.box.height * height};
    truth.area = truth.box.width * truth.box.height;
  }

  FileDatasetParts parts_;
};

}  // namespace

std::unique_ptr<Dataset> make_file_dataset(FileDatasetParts parts) {
  return std::make_unique<FileDataset>(std::move(parts));
}

bool is_tensor_name(const fs::path& path) {
  return path.extension() == ".npy" || path.extension() == ".pb" || path.extension() == ".bin";
}

base::Result<std::variant<media::Frame, Tensor>> load_file(const fs::path& path, const pipeline::InputCard& input) {
  using Data = std::variant<media::Frame, Tensor>;
  if (media::is_image_name(path.string())) return Data(TRY(media::load_image(path.string())));
  auto tensor = read_tensor(path, input);
  if (tensor) return Data(std::move(*tensor));
  if (tensor.error().message.starts_with(path.string())) return std::unexpected(tensor.error());
  return base::in_context(tensor.error(), path.string());
}

base::Result<std::vector<fs::path>> list_files(const fs::path& folder,
                                               const std::function<bool(const fs::path&)>& wanted, bool deep,
                                               const char* what) {
  std::vector<fs::path> files;
  std::error_code error;
  if (!fs::is_directory(folder, error)) return fail(ErrorKind::kNotFound, "{}: no such folder", folder.string());
  const auto take = [&](const fs::directory_entry& entry) {
    std::error_code ignored;
    if (!entry.is_directory(ignored) && wanted(entry.path())) files.push_back(entry.path());
  };
  if (deep) {
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
      take(*entry);
  } else {
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) take(*entry);
  }
  if (error) return fail(ErrorKind::kIo, "{}: cannot list: {}", folder.string(), error.message());
  if (files.empty()) return fail(ErrorKind::kNotFound, "{}: no {} in this folder", folder.string(), what);
  std::ranges::sort(files);
  return files;
}

}  // namespace hedge::evaluate
