// Which outputs of a program must be the same bits on every machine and in every build, and which only nearly: integer
// steps are specified bit by bit (docs/int8.md), while the order of a float sum and the last bit of an exp are free.
#pragma once

#include <vector>

#include "program/program.h"

namespace hedge::program {

enum class Exactness : std::uint8_t {
  kExact,    ///< nothing but integer steps and copies before it
  kRounded,  ///< floats before it, nearly the same
  kStepped,  ///< such floats were rounded to integers on the way: a value falls to the other side, and others follow
};

/// For each output of a program that verify() accepts.
std::vector<Exactness> output_exactness(const Program& program);

}  // namespace hedge::program
