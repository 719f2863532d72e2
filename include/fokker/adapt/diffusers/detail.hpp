/// What the headers of this folder have for themselves is in diffusers::detail. The library's own
/// namespace of that name is seen through it, so that `detail::require` means the library's.
#pragma once

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {}

namespace diffusers::detail {
using namespace fokker::detail;
}

}  // namespace fokker
