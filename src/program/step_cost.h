// What a step costs by its shapes alone: multiply-adds and bytes. For `hedge profile` and benches.
#pragma once

#include <cstdint>
#include <string>

#include "program/program.h"

namespace hedge::program {

struct StepCost {
  std::int64_t macs = 0;          ///< multiply-adds of convolutions, products and recurrences; 0 of other operators
  std::int64_t bytes = 0;         ///< of all operands, each once; weights as stored
  bool integer_products = false;  ///< the MACs are of bytes
  bool is_float = false;          ///< it computes on floats: where INT8 was left or never entered
};

/// Indices and shapes as verify() accepts them.
StepCost step_cost(const Program& program, const Step& step);

/// The sum of step_cost() over all steps, as MACs.
std::int64_t total_macs(const Program& program);

/// What a kernel belongs to, for sums: "qconv" of qconv_u8_s8_u8_14x32_avx512vbmi, "ref Gather" of a reference.
std::string kernel_family(const Step& step);

}  // namespace hedge::program
