/// All solvers by name, for programs whose users choose one by a word. Compile time is spent where
/// these functions are called, on every solver, so call them in one place.
#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/catalogue/ancestral.hpp>
#include <fokker/catalogue/few_step.hpp>
#include <fokker/catalogue/multistep.hpp>
#include <fokker/catalogue/named_solver.hpp>
#include <fokker/catalogue/nearest_name.hpp>
#include <fokker/catalogue/sde.hpp>
#include <fokker/catalogue/singlestep.hpp>
#include <fokker/catalogue/steps.hpp>
#include <fokker/error.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The parts of the catalogue: steps of the probability-flow ODE without and with a history, the
/// ancestral process and its relatives, the reverse SDE, few-step models.
enum class solver_family { singlestep, multistep, ancestral, sde, few_step };

/// Calls f with every entry of a family, each a named_solver of another type: f is a generic
/// lambda. A program that makes much of every solver compiles faster with one family a file.
template <solver_family Family, class F>
void for_each_named_solver(F&& f) {
    if constexpr (Family == solver_family::singlestep)
        detail::for_each_named_singlestep_solver(f);
    else if constexpr (Family == solver_family::multistep)
        detail::for_each_named_multistep_solver(f);
    else if constexpr (Family == solver_family::ancestral)
        detail::for_each_named_ancestral_solver(f);
    else if constexpr (Family == solver_family::sde)
        detail::for_each_named_sde_solver(f);
    else
        detail::for_each_named_few_step_solver(f);
}

/// The same with every entry of the catalogue, and then with those of the program's own.
template <class F, class... Own>
    requires std::invocable<F&, named_solver<ddim>>
void for_each_named_solver(F&& f, const named_solver<Own>&... own) {
    fokker::for_each_named_solver<solver_family::singlestep>(f);
    fokker::for_each_named_solver<solver_family::multistep>(f);
    fokker::for_each_named_solver<solver_family::ancestral>(f);
    fokker::for_each_named_solver<solver_family::sde>(f);
    fokker::for_each_named_solver<solver_family::few_step>(f);
    (f(named_solver<Own>(own)), ...);
}

/// Every name, in the order of the catalogue, and then those of the program's own entries.
template <class... Own>
std::vector<std::string_view> solver_names(const named_solver<Own>&... own) {
    std::vector<std::string_view> names;
    fokker::for_each_named_solver([&](const auto& entry) { names.push_back(entry.name); }, own...);
    return names;
}

namespace detail {

/// The names under which an entry is found.
struct entry_names {
    std::string_view name, spelling;
};

/// Throws fokker::error: there is no solver of this name, but these, and this one is like it.
[[noreturn]] inline void refuse_solver_name(std::string_view name,
                                            std::initializer_list<entry_names> own) {
    std::string all;
    std::vector<std::string_view> known;
    const auto list = [&](std::string_view called, std::string_view spelled) {
        all += (all.empty() ? "" : ", ") + std::string(called);
        known.push_back(called);
        if (!spelled.empty()) known.push_back(spelled);
    };
    for_each_named_solver([&](const auto& entry) { list(entry.name, entry.spelling); });
    for (const entry_names& entry : own) list(entry.name, entry.spelling);
    const std::string_view nearest = detail::nearest_name(name, known);
    const std::string hint =
        nearest.empty() ? "." : "; did you mean '" + std::string(nearest) + "'?";
    detail::refuse("there is no solver '", name, "'", std::string_view(hint),
                   " The solvers are: ", std::string_view(all));
}

}  // namespace detail

/// Calls f with the entry of this name or C++ spelling ("unipc" or "unipc<2>"), and returns what f
/// returns, which must be of one type for all entries. f takes a named_solver of any type, by value
/// where it wants to set options: [&](auto entry) { sample(x, network, grid, entry.solver, noise);
/// }. `own` are solvers of the program's own, found by their names as those of the catalogue are:
/// named_solver<my_solver>{"mine"}. Throws fokker::error on an unknown name, with the names that
/// there are, and on a name that two of them have.
template <class F, class... Own>
auto with_solver(std::string_view name, F&& f, const named_solver<Own>&... own) {
    static_assert(
        std::is_invocable_v<F&, named_solver<ddim>>,
        "fokker: with_solver(name, f) calls f with a named_solver of any type: take it as "
        "[&](auto entry), or const auto& where no option is set");
    using returned = std::remove_cvref_t<std::invoke_result_t<F&, named_solver<ddim>>>;
    constexpr bool nothing = std::is_void_v<returned>;
    std::optional<std::conditional_t<nothing, bool, returned>> result;
    const int own_ones = (0 + ... + (own.is_called(name) ? 1 : 0));
    bool in_catalogue = true;
    const auto call = [&](auto&& entry) {
        if (!entry.is_called(name)) return;
        detail::require(in_catalogue ? own_ones == 0 : own_ones == 1, "two solvers are called '",
                        name, "'; give that of your own another name");
        if constexpr (nothing) {
            f(std::move(entry));
            result = true;
        } else {
            result.emplace(f(std::move(entry)));
        }
    };
    fokker::for_each_named_solver(call);
    in_catalogue = false;
    (call(named_solver<Own>(own)), ...);
    const std::initializer_list<detail::entry_names> own_names{
        detail::entry_names{own.name, own.spelling}...};
    if (!result) detail::refuse_solver_name(name, own_names);
    if constexpr (!nothing) return std::move(*result);
}

}  // namespace fokker
