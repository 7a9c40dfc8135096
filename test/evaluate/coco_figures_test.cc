// What pycocotools 2.0.11 says of the random boxes, written down: holds the metrics where no pycocotools is at hand.
// against_pycocotools.py compares afresh, and class by class.
#include <gtest/gtest.h>

#include "evaluate/random_boxes.h"

namespace hedge::test {
namespace {

struct Figures {
  std::uint32_t seed;
  double map, ap50, ap75, ar100;
};

constexpr Figures kPycocotools[] = {
    {1, 0.07179574266536642, 0.10921829795123351, 0.07531358531918966, 0.5585114965711981},
    {2, 0.19357752046954071, 0.2686762755079414, 0.20950509164263378, 0.7662337662337662},
    {3, 0.15767747654850311, 0.2442191236667526, 0.15699369936993696, 0.47},
    {4, 0.07786445880232458, 0.12226903840628822, 0.08146297923333588, 0.6444993645683301},
    {5, 0.05910681612772778, 0.07934931284131902, 0.0631150780500035, 0.3945656382335148},
    {6, 0.08461574536078982, 0.17965420837412752, 0.07345496519987782, 0.4383528265107212},
    {7, 0.06684760466341529, 0.104106702190721, 0.06699653358242909, 0.6078800347725297},
    {8, 0.11835735966747536, 0.1808941407811579, 0.11432674480104046, 0.4215686274509804},
};

TEST(CocoFigures, AreThoseOfPycocotools) {
  for (const Figures& expected : kPycocotools) {
    const std::vector<RandomImage> images = random_images(expected.seed);
    std::vector<evaluate::ImageBoxes> pairs;
    for (const RandomImage& image : images) pairs.push_back({image.truths, image.detections});
    const evaluate::AveragePrecision result = evaluate::average_precision(pairs);
    EXPECT_NEAR(result.map, expected.map, 1e-6) << expected.seed;
    EXPECT_NEAR(result.ap50, expected.ap50, 1e-6) << expected.seed;
    EXPECT_NEAR(result.ap75, expected.ap75, 1e-6) << expected.seed;
    EXPECT_NEAR(result.ar100, expected.ar100, 1e-6) << expected.seed;
  }
}

}  // namespace
}  // namespace hedge::test
