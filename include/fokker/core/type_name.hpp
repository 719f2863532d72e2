/// The names of types, for checkpoints, which tell another solver's file by it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <fokker/compiled.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// The name of a type out of what the compiler says in a function of it; without the target, as a
/// walk may go on in a program that is compiled for another machine.
std::string name_in(std::string_view function);

template <class T>
std::string type_name() {
    return name_in(__PRETTY_FUNCTION__);
}

#ifdef FOKKER_BODIES

FOKKER_INLINE std::string name_in(std::string_view function) {
    const std::size_t begin = function.find("T = ") + 4;
    std::string name(function.substr(begin, function.find_first_of(";]", begin) - begin));
    for (std::size_t at = 0; (at = name.find(target_name, at)) != std::string::npos;)
        name.replace(at, target_name.size(), "fokker::");
    return name;
}

#endif

}  // namespace fokker::detail
