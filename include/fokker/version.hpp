/// The version of the library. The build reads it from here; it is written nowhere else.
#pragma once

namespace fokker {

inline constexpr int version_major = 0;
inline constexpr int version_minor = 1;
inline constexpr int version_patch = 0;
inline constexpr char version[] = "0.1.0";

}  // namespace fokker
