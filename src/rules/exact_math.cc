#include "rules/exact_math.h"

#include <cmath>
#include <limits>

namespace hedge::rules {

double exact_log(double x) {
  constexpr double kLn2 = 0.69314718055994530942, kRootHalf = 0.70710678118654752440;
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // exact
  if (mantissa < kRootHalf) {
    mantissa *= 2;
    --exponent;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)); |z| <= 0.172, so that term 12 is below 1e-19.
  const double z = (mantissa - 1) / (mantissa + 1), z2 = z * z;
  double sum = 0;
  for (int term = 11; term >= 0; --term) sum = sum * z2 + 1.0 / (2 * term + 1);
  return exponent * kLn2 + 2 * z * sum;
}

double exact_exp(double x) {
  if (x > 709.7) return std::numeric_limits<double>::infinity();
  if (x < -745) return 0;
  if (std::isnan(x)) return x;
  // x = n ln 2 + r, |r| <= 0.347, so that term 14 is below 1e-17. The first part of ln 2 ends in zeros: its product
  // with n is exact.
  constexpr double kLn2Upper = 6.93147180369123816490e-01, kLn2Lower = 1.90821492927058770002e-10;
  const double n = std::rint(x * 1.44269504088896340736);
  const double r = (x - n * kLn2Upper) - n * kLn2Lower;
  double sum = 1;
  for (int term = 13; term >= 1; --term) sum = 1 + sum * r / term;
  return std::ldexp(sum, static_cast<int>(n));
}

double exact_sin(double x) {
  double term = x, sum = x;
  for (int k = 1; k <= 13; ++k) {
    term *= -x * x / ((2 * k) * (2 * k + 1));
    sum += term;
  }
  return sum;
}

double exact_cos(double x) {
  double term = 1, sum = 1;
  for (int k = 1; k <= 13; ++k) {
    term *= -x * x / ((2 * k - 1) * (2 * k));
    sum += term;
  }
  return sum;
}

}  // namespace hedge::rules
