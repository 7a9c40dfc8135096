// One sample of a dataset: what the model looks at, and the truth about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "media/frame.h"
#include "tensor/tensor.h"

namespace hedge::evaluate {

/// Pixels of the source image. In double, as COCO's own tool computes: an overlap must fall on the same side of a
/// threshold as there.
struct Rectangle {
  double x = 0;  ///< of the top left corner
  double y = 0;
  double width = 0;
  double height = 0;
};

struct TrueBox {
  int class_id = 0;
  Rectangle box;
  double area = 0;     ///< square pixels: of the thing itself where the dataset knows its outline, else of the box
  bool crowd = false;  ///< many things in one box: a detection there is neither right nor wrong
};

struct Sample {
  std::string name;                      ///< file, or file and record; one of its kind in the dataset
  std::optional<std::int64_t> image_id;  ///< where the dataset numbers its images
  std::variant<media::Frame, tensor::Tensor> data;
  int class_id = -1;           ///< TruthKind::kClass
  std::vector<TrueBox> boxes;  ///< TruthKind::kBoxes; none in a negative
  int boxes_left_out = 0;      ///< boxes of classes that the card does not know
};

}  // namespace hedge::evaluate
