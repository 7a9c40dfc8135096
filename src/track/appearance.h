// What a thing looks like: the colours of its upper and its lower half, coarse enough that light and gait change little
// and fine enough to tell a red jacket from a black one. Where two people cross at a few frames a second, their boxes
// say little about who is who; their clothes do (Wojke et al. 2017, with a network in place of our histogram).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hedge::track {

class Appearance {
 public:
  static constexpr std::size_t kHalves = 2, kColours = 64;

  bool known() const { return known_; }

  /// Bhattacharyya's coefficient of the two: 1 where all colours agree, 0 where none does. Both must be known.
  float similarity(const Appearance& other) const;
  /// Moves towards `seen` by `share`, 0 to 1; becomes it where nothing was known.
  void blend(const Appearance& seen, float share);

  /// Counts the colours of one half's pixels.
  class Histogram {
   public:
    /// BT.601 luma in four steps, and blue and red against it in four each, finer near grey, where clothes are.
    void add(std::uint8_t blue, std::uint8_t green, std::uint8_t red);
    bool empty() const { return count_ == 0; }

   private:
    friend class Appearance;
    std::array<std::uint32_t, kColours> counts_{};
    std::uint32_t count_ = 0;
  };
  /// Unknown where a half has no pixel.
  static Appearance of(const std::array<Histogram, kHalves>& halves);

 private:
  std::array<float, kHalves * kColours> roots_{};  ///< of the shares: the product of two is the coefficient
  bool known_ = false;
};

}  // namespace hedge::track
