#include "rules/ground_plane.h"

#include <cmath>
#include <limits>
#include <vector>

#include "rules/exact_math.h"

namespace hedge::rules {
namespace {

using base::ErrorKind;
using base::fail;
using Matrix = std::array<double, 9>;

constexpr double kRankTolerance = 1e-10;  // of the normalised equations, relative to their largest entry

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c{};
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 3; ++column)
      for (std::size_t k = 0; k < 3; ++k) c[row * 3 + column] += a[row * 3 + k] * b[k * 3 + column];
  return c;
}

/// x' = scale * (x - centre): the centroid goes to 0 and the mean distance from it to the root of 2.
struct Normalisation {
  double x = 0, y = 0, scale = 1;
  Matrix matrix() const { return {scale, 0, -scale * x, 0, scale, -scale * y, 0, 0, 1}; }
  Matrix inverse() const { return {1 / scale, 0, x, 0, 1 / scale, y, 0, 0, 1}; }
  Point operator()(Point p) const { return {scale * (p.x - x), scale * (p.y - y)}; }
};

Normalisation normalisation(std::span<const Point> points) {
  Normalisation result;
  const auto count = static_cast<double>(points.size());
  for (const Point p : points) result.x += p.x / count, result.y += p.y / count;
  double distance = 0;
  for (const Point p : points) {
    const double dx = p.x - result.x, dy = p.y - result.y;
    distance += std::sqrt(dx * dx + dy * dy) / count;
  }
  if (distance > 0) result.scale = std::sqrt(2.0) / distance;
  return result;
}

constexpr std::size_t kUnknowns = 8;  // the map's entries, the ninth being 1
using System = std::array<std::array<double, kUnknowns + 1>, kUnknowns>;

/// Gauss with column pivots on the normal equations; false where they have no single answer.
bool solve(System& system, std::array<double, kUnknowns>& answer) {
  double largest = 0;
  for (const auto& row : system)
    for (std::size_t k = 0; k < kUnknowns; ++k) largest = std::max(largest, std::fabs(row[k]));
  for (std::size_t column = 0; column < kUnknowns; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < kUnknowns; ++row)
      if (std::fabs(system[row][column]) > std::fabs(system[pivot][column])) pivot = row;
    if (!(std::fabs(system[pivot][column]) > kRankTolerance * largest)) return false;
    std::swap(system[pivot], system[column]);
    for (std::size_t row = column + 1; row < kUnknowns; ++row) {
      const double factor = system[row][column] / system[column][column];
      for (std::size_t k = column; k <= kUnknowns; ++k) system[row][k] -= factor * system[column][k];
    }
  }
  for (std::size_t row = kUnknowns; row-- > 0;) {
    double value = system[row][kUnknowns];
    for (std::size_t k = row + 1; k < kUnknowns; ++k) value -= system[row][k] * answer[k];
    answer[row] = value / system[row][row];
  }
  return true;
}

double weight_of(const Matrix& map, Point p) { return map[6] * p.x + map[7] * p.y + map[8]; }

}  // namespace

base::Result<GroundPlane> GroundPlane::from_points(std::span<const Point> image, std::span<const Point> ground) {
  if (image.size() != ground.size() || image.size() < 4)
    return fail(ErrorKind::kInvalid,
                "a ground plane needs at least 4 image points and as many ground points, not {} and {}", image.size(),
                ground.size());
  const Normalisation from = normalisation(image), to = normalisation(ground);
  System system{};
  for (std::size_t k = 0; k < image.size(); ++k) {
    const Point p = from(image[k]), q = to(ground[k]);
    const std::array<std::array<double, kUnknowns + 1>, 2> equations = {{
        {p.x, p.y, 1, 0, 0, 0, -q.x * p.x, -q.x * p.y, q.x},
        {0, 0, 0, p.x, p.y, 1, -q.y * p.x, -q.y * p.y, q.y},
    }};
    for (const auto& equation : equations)
      for (std::size_t row = 0; row < kUnknowns; ++row)
        for (std::size_t column = 0; column <= kUnknowns; ++column)
          system[row][column] += equation[row] * equation[column];
  }
  std::array<double, kUnknowns> h{};
  if (!solve(system, h))
    return fail(ErrorKind::kInvalid,
                "these points fix no ground plane: no three of four may lie on one line, and both lists must "
                "have the same order");
  Matrix map{};
  std::copy(h.begin(), h.end(), map.begin());
  map[8] = 1;
  GroundPlane plane;
  plane.map_ = product(product(to.inverse(), map), from.matrix());
  const double sign = weight_of(plane.map_, image[0]) < 0 ? -1 : 1;
  for (double& entry : plane.map_) entry *= sign;
  for (const Point p : image)
    if (!(weight_of(plane.map_, p) > 0))
      return fail(ErrorKind::kInvalid,
                  "these points lie on both sides of a horizon: both lists must have the same order");
  return plane;
}

GroundPlane GroundPlane::from_mounting(const Mounting& mounting, int width, int height) {
  const double half = mounting.fov_vertical_deg / 2 * kRadiansPerDegree, pitch = mounting.pitch_deg * kRadiansPerDegree;
  const double focal = height / 2.0 * exact_cos(half) / exact_sin(half);  // pixels
  const double sine = exact_sin(pitch), cosine = exact_cos(pitch);
  // A ray through (u, v) from the middle: right u, down v cos + f sin, ahead f cos - v sin; it meets the ground after
  // height_m / down.
  const double h = mounting.height_m, cx = width / 2.0, cy = height / 2.0;
  GroundPlane plane;
  plane.map_ = {h, 0, -h * cx, 0, -h * sine, h * (focal * cosine + cy * sine), 0, cosine, focal * sine - cy * cosine};
  return plane;
}

Point GroundPlane::to_ground(Point p) const {
  const double weight = weight_of(map_, p);
  if (!(weight > 0)) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  return {(map_[0] * p.x + map_[1] * p.y + map_[2]) / weight, (map_[3] * p.x + map_[4] * p.y + map_[5]) / weight};
}

}  // namespace hedge::rules
