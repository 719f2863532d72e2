// Stands in for the header of this name, which Eigen includes with SSE, and which is x86's alone.
// emscripten makes the rest of SSE out of WebAssembly's vectors.
#pragma once

// Eigen takes Clang for an old GCC, and would write x86's assembler to mend that one's min and max.
#undef EIGEN_COMP_GNUC
#define EIGEN_COMP_GNUC 63
