/// The version of the library. The build reads it from here; it is written nowhere else.
#pragma once

namespace fokker {

/// The version as three numbers.
inline constexpr int version_major = 0;
inline constexpr int version_minor = 2;
inline constexpr int version_patch = 0;
/// The same as a text, such as "0.2.0".
inline constexpr char version[] = "0.2.0";

}  // namespace fokker
