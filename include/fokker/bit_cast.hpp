/// std::bit_cast, which standard libraries before 2022 lack.
#pragma once

#include <type_traits>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// The bits of x as a To.
template <class To, class From>
    requires(sizeof(To) == sizeof(From) && std::is_trivially_copyable_v<To> &&
             std::is_trivially_copyable_v<From>)
FOKKER_ALWAYS_INLINE constexpr To bit_cast(const From& x) noexcept {
    return FOKKER_BIT_CAST(To, x);
}

}  // namespace fokker::detail
