/// Options of samplers under the names that k-diffusion and those after it give them.
#pragma once

#include <optional>
#include <string_view>

#include <fokker/any_solver.hpp>
#include <fokker/error.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::by_name {

/// What is not given is as in the program. One that the sampler does not have is an error.
struct sampler_options {
    std::optional<double> eta = std::nullopt;
    std::optional<double> s_noise = std::nullopt;
    std::optional<double> s_churn = std::nullopt;
    std::optional<double> s_tmin = std::nullopt;
    std::optional<double> s_tmax = std::nullopt;
    std::optional<double> r = std::nullopt;      ///< of dpmpp_sde: where its middle lies
    std::optional<double> gamma = std::nullopt;  ///< of gradient estimation
    std::optional<int> order = std::nullopt;     ///< of lms, and of dpm_adaptive
    std::optional<double> rtol = std::nullopt;   ///< of dpm_adaptive, as the next two
    std::optional<double> atol = std::nullopt;
    std::optional<double> h_init = std::nullopt;
    std::string_view solver_type = {};  ///< of dpmpp_2m_sde: "midpoint" or "heun"

    friend bool operator==(const sampler_options&, const sampler_options&) = default;
};

/// Makes a solver out of the options; `name` is the sampler's, for errors.
using maker = any_solver (*)(const sampler_options& options, std::string_view name);

namespace detail {

using fokker::detail::require, fokker::detail::refuse;

/// Options that are taken one by one: what is left in the end, the sampler does not have.
class option_reader {
public:
    option_reader(const sampler_options& given, std::string_view sampler)
        : left_(given), sampler_(sampler) {}

    /// Sets the member to the option, if that is given.
    template <class T, class Value>
    void take(T& member, std::optional<Value> sampler_options::*option) {
        auto& given = left_.*option;
        if (given) member = static_cast<T>(*given);
        given.reset();
    }
    /// The options that solvers have under names of their own.
    template <solver Solver>
    void take_usual(Solver& s) {
        if constexpr (requires { s.eta; }) take(s.eta, &sampler_options::eta);
        if constexpr (requires { s.s_noise; }) take(s.s_noise, &sampler_options::s_noise);
        if constexpr (requires { s.s_churn; }) {
            take(s.s_churn, &sampler_options::s_churn);
            take(s.s_min, &sampler_options::s_tmin);
            take(s.s_max, &sampler_options::s_tmax);
        }
        if constexpr (requires { s.r; }) take(s.r, &sampler_options::r);
    }
    std::string_view take_solver_type(std::string_view otherwise) {
        const std::string_view given = left_.solver_type.empty() ? otherwise : left_.solver_type;
        left_.solver_type = {};
        return given;
    }

    /// Throws fokker::error if an option is left.
    void finish() const {
        const auto none = [&](const auto& option, const char* name) {
            require(!option, "the sampler '", sampler_, "' has no option ", name, "; leave it out");
        };
        none(left_.eta, "eta");
        none(left_.s_noise, "s_noise");
        none(left_.s_churn, "s_churn");
        none(left_.s_tmin, "s_tmin");
        none(left_.s_tmax, "s_tmax");
        none(left_.r, "r");
        none(left_.gamma, "gamma");
        none(left_.order, "order");
        none(left_.rtol, "rtol");
        none(left_.atol, "atol");
        none(left_.h_init, "h_init");
        require(left_.solver_type.empty(), "the sampler '", sampler_,
                "' has no option solver_type; leave it out");
    }

private:
    sampler_options left_;
    std::string_view sampler_;
};

/// The solver, looking back over steps of any length, as these programs do.
template <solver Solver>
Solver of_any_growth(Solver s) {
    if constexpr (
        requires { s.most_growth; } && !requires { s.control; })
        s.most_growth = fokker::detail::longest_growth;
    return s;
}

/// A solver with the options that it has under names of its own.
template <solver Solver>
Solver with_options(Solver s, const sampler_options& options, std::string_view name) {
    option_reader reader(options, name);
    s = of_any_growth(std::move(s));
    reader.take_usual(s);
    reader.finish();
    return s;
}

template <solver Solver>
any_solver made(const sampler_options& options, std::string_view name) {
    return with_options(Solver{}, options, name);
}

}  // namespace detail

}  // namespace fokker::by_name

FOKKER_END_MAY_SHADOW
