// An entry of the catalogue says three times what it is: by its type, by its options, and spelled.
#include <fokker/catalogue.hpp>

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

#include "catch.hpp"

using namespace fokker;

namespace {

void erase_all(std::string& text, std::string_view part) {
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part))
        text.erase(at, part.size());
}

/// As one writes it inside of namespace fokker, without arguments that are the default.
std::string name_of(const std::type_info& type) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
    REQUIRE(status == 0);
    std::string text = name.get();
    for (const std::string_view part : std::initializer_list<std::string_view>{
             detail::target_name, "fokker::", ", (multistep_start)0", "(multistep_start)0",
             "(pndm_mixes)0"})
        erase_all(text, part);
    return text;
}

/// The type of an alias, whose own name is another.
const std::type_info* alias(std::string_view spelled) {
    if (spelled == "dpm_solver_2") return &typeid(dpm_solver_2);
    if (spelled == "dpm_solver_3") return &typeid(dpm_solver_3);
    if (spelled == "dpm_solver_pp_2s") return &typeid(dpm_solver_pp_2s);
    if (spelled == "dpm_solver_pp_3s") return &typeid(dpm_solver_pp_3s);
    if (spelled == "res_2s") return &typeid(res_2s);
    return nullptr;
}

}  // namespace

TEST_CASE("the type of an entry is the one that it spells") {
    for_each_named_solver([]<class Solver>(const named_solver<Solver>& entry) {
        const std::string_view spelled = entry.spelling.substr(0, entry.spelling.find('{'));
        INFO(entry.name);
        if (const std::type_info* other = alias(spelled))
            CHECK(typeid(Solver) == *other);
        else
            CHECK(name_of(typeid(Solver)) == spelled);
    });
}

TEST_CASE("the options of an entry are those that it spells, and else the default") {
    int with_options = 0, seen = 0;
    for_each_named_solver([&]<class Solver>(const named_solver<Solver>& entry) {
        INFO(entry.name);
        const auto spells = [&](std::string_view option) {
            const bool found = entry.spelling.ends_with("{" + std::string(option) + "}");
            seen += found;
            return found;
        };
        with_options += entry.spelling.find('{') != std::string_view::npos;
        if constexpr (std::is_same_v<Solver, unipc<2>>) {
            const bool bh1 = spells(".variant = unipc_variant::bh1"),
                       bh2 = spells(".variant = unipc_variant::bh2");
            CHECK(entry.solver.variant == (bh1   ? unipc_variant::bh1
                                           : bh2 ? unipc_variant::bh2
                                                 : Solver{}.variant));
        }
        if constexpr (std::is_same_v<Solver, ddpm>)
            CHECK(entry.solver.variance == (spells(".variance = ddpm_variance::upper_bound")
                                                ? ddpm_variance::upper_bound
                                                : Solver{}.variance));
        if constexpr (std::is_same_v<Solver, euler_ancestral>)
            CHECK(entry.solver.rule ==
                  (spells(".rule = ancestral_rule::flow") ? ancestral_rule::flow : Solver{}.rule));
    });
    CHECK(with_options > 0);
    CHECK(seen == with_options);  // a new option has its place above
}
