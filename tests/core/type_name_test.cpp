#include <fokker/core/type_name.hpp>

#include <string>

#include <fokker/solver/ddim.hpp>
#include <fokker/solver/unipc.hpp>
#include <fokker/target.hpp>

#include "catch.hpp"

using namespace fokker;

TEST_CASE("a type's name does not tell what the program was compiled for") {
    CHECK(detail::type_name<float>() == "float");
    CHECK(detail::type_name<ddim>() == "fokker::ddim");
    CHECK(detail::type_name<unipc<2>>().find("fokker::unipc<") == 0);
    CHECK(detail::type_name<unipc<2>>().find(detail::target_name) == std::string::npos);
    CHECK(detail::type_name<unipc<2>>() != detail::type_name<unipc<3>>());
}

TEST_CASE("Visual Studio's sentence has the same name in it") {
    const std::string target(detail::target_name);
    CHECK(detail::name_in("class std::basic_string<char,struct std::char_traits<char> > __cdecl " +
                          target + "detail::type_name<struct " + target + "unipc<2> >(void)") ==
          "fokker::unipc<2>");
    CHECK(detail::name_in("class std::basic_string<char> __cdecl " + target +
                          "detail::type_name<float>(void)") == "float");
}
