// A report as a detector of so many layers would give it: what the tests render, and what to look at when a plot
// changes.
#pragma once

#include <cmath>

#include <fmt/format.h>

#include "report/quantize_report.h"

namespace hedge::report {

/// Deterministic, all fields filled.
inline QuantizeReport sample_report(int layers = 46) {
  QuantizeReport report{.model = "person_vtest.onnx", .bytes_before = 491577, .bytes_after = 158210};
  report.metric = {"AP50", "the calibration split of vtest.avi, 100 frames", 0.9824, 0.9768, 0.0056, 0.01, true};
  report.advice =
      "The stem's output takes most of the loss: train with inputs scaled to 0-1 and it needs no channel scales.";
  for (int k = 0; k < layers; ++k) {
    const double wave = std::sin(k * 12.9898) * 43758.5453, noise = wave - std::floor(wave);  // 0 to 1, by the index
    Layer layer{.name = fmt::format("/backbone/dark{}/dark{}.{}/conv/Conv", k / 12 + 2, k / 12 + 2, k % 12),
                .op = k % 3 == 1 ? "DepthwiseConv" : "Conv",
                .macs = 4e5 + 8e6 * noise,
                .output_sqnr_db = 24 + 18 * noise,
                .weight_sqnr_db = 36 + 6 * noise,
                .reason = "default",
                .time_share = 1.0 / layers};
    if (k == 0) {
      layer.output_sqnr_db = 8.4;
      layer.precision = Precision::kInt8ChannelScales;
      layer.reason = "one scale for 16 channels whose ranges differ by a factor of 40";
    } else if (k == 1) {
      layer.output_sqnr_db = 11.9;
      layer.precision = Precision::kInt8AccumulatorActivation;
      layer.reason = "SiLU of a wide accumulator";
    } else if (k == layers - 1) {
      layer.op = "Sigmoid";
      layer.precision = Precision::kFloat;
      layer.output_sqnr_db.reset();
      layer.weight_sqnr_db.reset();
      layer.reason = "scores near 0 need more than 8 bits";
    } else if (k % 17 == 5) {
      layer.precision = Precision::kInt16;
      layer.reason = "boxes in pixels";
    }
    report.layers.push_back(layer);
    report.calibration.tensors.push_back({.tensor = layer.name + "_output_0",
                                          .min = k % 4 == 0 ? -0.278 : -3 - 20 * noise,
                                          .max = 6 + 90 * noise,
                                          .low = k % 4 == 0 ? -0.278 : -2 - 12 * noise,
                                          .high = 5 + 40 * noise,
                                          .method = k % 3 == 0 ? "percentile 99.99" : "least square error",
                                          .clipped_share = 1e-4 * noise});
  }
  report.islands = {{{"Sigmoid", "Mul", "Concat"}, "scores near 0 need more than 8 bits", 0.0031, 0.021},
                    {{"Softmax"}, "no integer kernel", 0, 0.004}};
  report.calibration.samples = 64;
  report.trials = {{"everything int8, min-max", 0.7312, false},
                   {"least square error ranges", 0.9102, true},
                   {"channel scales at the stem", 0.9689, true},
                   {"accumulator activation at the first depthwise convolution", 0.9768, true},
                   {"the head in float", 0.9770, false}};
  report.origin = {"hedge quantize models/person_vtest.onnx --calibration frames/ --max-drop 0.01",
                   {{"hedge", "0.1.0"}, {"CPU", "AMD EPYC, avx512vnni"}},
                   "2026-11-24"};
  return report;
}

}  // namespace hedge::report
