// Exponential, logarithm, sine and cosine from +, -, * and / alone. The C library picks its versions by what the CPU
// can do (fused multiply-add or not) and they differ in the last bit; a log replayed on another machine must not.
#pragma once

namespace hedge::rules {

/// Natural logarithm of a finite x > 0; relative error below 4e-16 away from 1.
double exact_log(double x);

/// e^x: relative error below 4e-16; 0 and infinity beyond the range of doubles, NaN of NaN.
double exact_exp(double x);
inline float exact_exp(float x) { return static_cast<float>(exact_exp(double{x})); }

/// Of an angle in radians, |x| <= 2.
double exact_sin(double x);
double exact_cos(double x);

inline constexpr double kRadiansPerDegree = 0.017453292519943295;

}  // namespace hedge::rules
