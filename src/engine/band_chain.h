// Steps of a program that run together by bands (program/row_bands.h): each slice makes its own rows of the last
// output, with buffers of its own for what lies between, so that the team meets once a chain and not once a step.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "program/row_bands.h"
#include "program/step_operands.h"

namespace hedge::engine {

class BandChain {
 public:
  /// Where a tensor lies; null where it is absent or never whole.
  using Address = std::function<std::byte*(std::int32_t tensor)>;

  /// Before there is memory. `bands`: verified, of this program, which outlives the chain.
  static base::Result<BandChain> create(const program::Program& program, const program::RowBands& bands,
                                        const program::ConstantValues& constants, int slices);

  int first_step() const { return bands_.first_step; }
  int steps() const { return bands_.steps; }
  std::size_t scratch_bytes() const { return scratch_bytes_; }  ///< of each slice

  /// `scratch`: of slice 0; the others' follow at `pitch`.
  base::Status bind(const program::ConstantValues& constants, const Address& address, std::byte* scratch,
                    std::size_t pitch);
  /// All bands of one slice. `times`: where not null, its steps' nanoseconds are added to it, by place in the chain.
  base::Status run(int slice, std::int64_t* times) const;

 private:
  /// One step of one band, ready to run.
  struct Call {
    std::unique_ptr<program::BoundStep> bound;
    std::size_t scratch_bytes;
    int step;                        ///< of the chain
    std::byte *keep_to, *keep_from;  ///< rows that are needed again
    std::size_t keep_bytes;
  };
  struct SliceWork {
    program::BandPlan plan;
    std::vector<Call> calls;
    std::byte* scratch = nullptr;
  };

  BandChain(const program::Program& program, const program::RowBands& bands) : program_(&program), bands_(bands) {}
  const program::Step& step(int k) const {
    return program_->steps[static_cast<std::size_t>(bands_.first_step) + static_cast<std::size_t>(k)];
  }
  const program::ProgramTensor& tensor(std::int32_t index) const {
    return program_->tensors[static_cast<std::size_t>(index)];
  }
  std::size_t row_bytes(std::int32_t index) const;
  std::vector<program::StepOperands> operands(const program::ConstantValues& constants) const;  ///< of each step, whole
  base::Result<Call> bind_call(const program::BandCall& call, const program::StepView& whole, const Address& address,
                               std::byte* scratch) const;

  const program::Program* program_;
  program::RowBands bands_;
  std::vector<SliceWork> slices_;
  std::size_t kernel_bytes_ = 0;             ///< of scratch, for kernels; the buffers follow
  std::vector<std::size_t> buffer_offsets_;  ///< behind each step but the last, from kernel_bytes_ on
  std::size_t scratch_bytes_ = 0;
};

}  // namespace hedge::engine
