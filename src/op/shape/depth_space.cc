// DepthToSpace, SpaceToDepth: blocks of pixels to channels and back.
#include "op/operator.h"
#include "op/shape/element_copy.h"

namespace hedge::op {
namespace {

constexpr std::int64_t kBlockMax = 1 << 12;

Result<std::int64_t> block_of(const Attributes& attributes, const Shape& shape) {
  const std::int64_t block = attributes.integer("blocksize", 0);
  if (block < 1 || block > kBlockMax || shape.rank() != 4)
    return fail(ErrorKind::kInvalid, "blocksize {} for rank {}", block, shape.rank());
  return block;
}

Result<std::vector<TensorType>> infer_depth_to_space(const InferArgs& args) {
  const Shape& x = args.input(0).shape;
  const std::int64_t block = TRY(block_of(args.attributes, x));
  if (x[1] % (block * block) != 0) return fail(ErrorKind::kInvalid, "{} channels in blocks of {}", x[1], block);
  const std::int64_t dims[] = {x[0], x[1] / (block * block), x[2] * block, x[3] * block};
  return std::vector{TensorType{args.input(0).dtype, TRY(Shape::create(dims))}};
}

Result<std::vector<TensorType>> infer_space_to_depth(const InferArgs& args) {
  const Shape& x = args.input(0).shape;
  const std::int64_t block = TRY(block_of(args.attributes, x));
  if (x[2] % block != 0 || x[3] % block != 0)
    return fail(ErrorKind::kInvalid, "{} in blocks of {}", x.to_string(), block);
  const std::int64_t dims[] = {x[0], x[1] * block * block, x[2] / block, x[3] / block};
  return std::vector{TensorType{args.input(0).dtype, TRY(Shape::create(dims))}};
}

/// Calls move(deep_index, spacious_index) for every element. `crd`: channels lead blocks (mode CRD).
template <class Move>
void for_each_pair(const Shape& deep, const Shape& spacious, std::int64_t block, bool crd, Move&& move) {
  const std::int64_t channels = spacious[1];
  for (std::int64_t n = 0; n < deep[0]; ++n)
    for (std::int64_t c = 0; c < deep[1]; ++c) {
      const std::int64_t to = crd ? c / (block * block) : c % channels;
      const std::int64_t part = crd ? c % (block * block) : c / channels;
      for (std::int64_t h = 0; h < deep[2]; ++h)
        for (std::int64_t w = 0; w < deep[3]; ++w)
          move(((n * deep[1] + c) * deep[2] + h) * deep[3] + w,
               ((n * channels + to) * spacious[2] + h * block + part / block) * spacious[3] + w * block + part % block);
    }
}

bool is_crd(const Attributes& attributes) { return attributes.string("mode", "DCR") == "CRD"; }

Status run_depth_to_space(const RunArgs& args) {
  const std::int64_t block = TRY(block_of(args.attributes, args.input(0).shape()));
  with_element_size(args.input(0).dtype(), [&]<class Word>() {
    const Word* x = words<Word>(args.input(0));
    Word* y = words<Word>(args.output(0));
    for_each_pair(args.input(0).shape(), args.output(0).shape(), block, is_crd(args.attributes),
                  [&](std::int64_t deep, std::int64_t spacious) { y[spacious] = x[deep]; });
  });
  return {};
}

Status run_space_to_depth(const RunArgs& args) {
  const std::int64_t block = TRY(block_of(args.attributes, args.input(0).shape()));
  with_element_size(args.input(0).dtype(), [&]<class Word>() {
    const Word* x = words<Word>(args.input(0));
    Word* y = words<Word>(args.output(0));
    for_each_pair(args.output(0).shape(), args.input(0).shape(), block, is_crd(args.attributes),
                  [&](std::int64_t deep, std::int64_t spacious) { y[deep] = x[spacious]; });
  });
  return {};
}

}  // namespace

extern const Operator kDepthToSpace, kSpaceToDepth;
const Operator kDepthToSpace = {.name = "DepthToSpace", .infer = infer_depth_to_space, .run = run_depth_to_space};
const Operator kSpaceToDepth = {.name = "SpaceToDepth", .infer = infer_space_to_depth, .run = run_space_to_depth};

}  // namespace hedge::op
