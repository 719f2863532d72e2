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
    return name_in(FOKKER_FUNCTION_NAME);
}

#ifdef FOKKER_BODIES

FOKKER_INLINE std::string name_in(std::string_view function) {
    // "std::string fokker::detail::type_name() [with T = NAME; ..]", "[T = NAME]" with Clang, and
    // "class std::basic_string<..> __cdecl fokker::detail::type_name<struct NAME>(void)" with MSVC.
    constexpr std::string_view before = "T = ", before_msvc = "type_name<";
    std::size_t begin = function.find(before), end = 0;
    if (begin != std::string_view::npos) {
        begin += before.size();
        end = function.find_first_of(";]", begin);
    } else {
        begin = function.find(before_msvc) + before_msvc.size();
        end = function.find_last_not_of(" ", function.rfind(">(") - 1) + 1;
    }
    std::string name(function.substr(begin, end - begin));
    for (const std::string_view kind : {"struct ", "class ", "enum "})
        for (std::size_t at = 0; (at = name.find(kind, at)) != std::string::npos;)
            name.erase(at, kind.size());
    for (std::size_t at = 0; (at = name.find(target_name, at)) != std::string::npos;)
        name.replace(at, target_name.size(), "fokker::");
    return name;
}

#endif

}  // namespace fokker::detail
