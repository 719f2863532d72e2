/// The concept of a solver, and what is known of one before it takes a step.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include <fokker/error.hpp>
#include <fokker/kernel/error_norm.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// A solver: a small struct with
///   static constexpr int history      predictions of earlier steps that it reads with past(k)
///   static constexpr int evaluations  predictions that it holds at the same time, at most: the
///                                     network calls of a step, unless begin_part() discards them
///   void step(auto& run) const        one step, in the words of `walk`
/// and, where it needs them,
///   static constexpr int stages       scratch states
///   static constexpr int memories     states that survive a step
///   static constexpr bool tries_parts whether it says try_part(), for parts of a step that it may
///                                     reject (without it: no)
///   static constexpr bool starts_from_memories   whether a first step goes by memories that were
///                                     set by run::set_memory, where it asks remembers() (without
///                                     it: no)
///   int evaluations_in_step() const   network calls in a step after the start, where that is not
///                                     `evaluations`: 0 where a tolerance decides
///   bool stochastic() const           whether it draws noise (without it: never)
///   bool reads(second_output) const   whether it can use a network whose second output is this one
///                                     (without it: it reads none)
///   static constexpr bool inverts     whether it is made for reversed grids, from clean data on
///                                     (without it: no)
///   knot target(const auto& walk, const grid_knot& s, const grid_knot& t) const   for networks of
///                                     two knots (flow_map): the knot to which a step from s to t
///                                     calls the network, as run.data(x, s, target). It has knot_at
///                                     and knot_at_time of the walk, which is a grid or the run
///                                     itself. Throws fokker::error where the options do not go
///                                     with such a network (without it: none do)
///   void check(const grid&) const     throws fokker::error on a bad option, before any network
///   call
///   void check_network(std::string_view prediction, std::size_t elements) const   for a solver
///   that
///                                     was made for one network: throws fokker::error where it
///                                     predicts something else (prediction is the name in errors),
///                                     or has samples of another size
template <class S>
concept solver = requires {
    { S::history } -> std::convertible_to<int>;
    { S::evaluations } -> std::convertible_to<int>;
};

namespace detail {

template <solver S>
constexpr std::size_t stages_of() {
    if constexpr (requires { S::stages; })
        return static_cast<std::size_t>(S::stages);
    else
        return 0;
}

template <solver S>
constexpr std::size_t memories_of() {
    if constexpr (requires { S::memories; })
        return static_cast<std::size_t>(S::memories);
    else
        return 0;
}

template <solver S>
constexpr bool tries_parts() {
    if constexpr (requires { S::tries_parts; })
        return S::tries_parts;
    else
        return false;
}

template <solver S>
constexpr bool starts_from_memories() {
    if constexpr (requires { S::starts_from_memories; })
        return S::starts_from_memories;
    else
        return false;
}

/// Whether the samples of a batch take parts of their own: so says a step control that the solver
/// has as `control`, or a solver around such a one.
template <solver S>
bool takes_sample_parts(const S& s) {
    if constexpr (requires { s.takes_sample_parts(); })
        return s.takes_sample_parts();
    else if constexpr (requires { s.control.tolerated.over == error_over::each_sample; })
        return s.control.tolerated.over == error_over::each_sample;
    else
        return false;
}

template <solver S>
int evaluations_in_step(const S& s) {
    if constexpr (requires { s.evaluations_in_step(); })
        return s.evaluations_in_step();
    else
        return S::evaluations;
}

template <solver S>
bool is_stochastic(const S& s) {
    if constexpr (requires { s.stochastic(); })
        return s.stochastic();
    else
        return false;
}

template <solver S>
constexpr bool is_inversion() {
    if constexpr (requires { S::inverts; })
        return S::inverts;
    else
        return false;
}

template <solver S>
bool is_inversion(const S& s) {
    if constexpr (requires { s.inverts(); })
        return s.inverts();
    else
        return is_inversion<S>();
}

/// Whether each of its steps is one call that goes from a knot to another: no history, no further
/// calls, and it says where they go.
template <class S>
concept takes_flow_maps =
    S::history == 0 && S::evaluations == 1 && requires(const S& s, const grid& walk) {
        { s.target(walk, walk.walked(0), walk.walked(1)) } -> std::convertible_to<knot>;
    };

/// The elements of a sample for which it has a map of variances; 0: it has none.
template <solver S>
std::size_t map_elements_of(const S& s) {
    if constexpr (requires { s.map_elements(); })
        return s.map_elements();
    else
        return 0;
}

/// Asks a solver that was made for one network whether it is this one.
template <solver S>
void check_network(const S& s, std::string_view prediction, std::size_t elements) {
    if constexpr (requires { s.check_network(prediction, elements); })
        s.check_network(prediction, elements);
}

template <class S>
concept reads_second_output = requires(const S& s, second_output kind) {
    { s.reads(kind) } -> std::convertible_to<bool>;
};

/// Which second outputs a solver, or what else reads them, can use: a bit for each of
/// second_outputs. (GCC takes a solver without members for one that was never written: it is asked
/// here, and not handed on.)
FOKKER_ALWAYS_INLINE inline unsigned kinds_read(const auto& reader) {
    unsigned kinds = 0, bit = 1;
    for (const auto& each : second_outputs) {
        if (reader.reads(each.kind)) kinds |= bit;
        bit <<= 1;
    }
    return kinds;
}

/// They in the words of an error.
inline std::string names_of(unsigned kinds) {
    std::string names;
    for (const auto& each : second_outputs) {
        if (kinds & 1u) names += (names.empty() ? "" : " or ") + std::string(each.name);
        kinds >>= 1;
    }
    return names;
}

/// What else than a head of the network gives one of these.
inline const char* remedy_for(unsigned kinds) {
    const char* remedy = "";
    for (const auto& each : second_outputs) {
        if (kinds & 1u && *each.remedy != '\0') remedy = each.remedy;
        kinds >>= 1;
    }
    return remedy;
}

/// Refuses a second output that the solver, or who else reads it, cannot use, or a model that
/// speaks of one that is not there. `said` is what the model says of it, `kind` what it is.
template <class Reader>
void check_second_output(const Reader& reader, second_output said, second_output kind,
                         const char* who = "this solver, with these options,",
                         const char* form = "f(x, t, out, second)") {
    require(said == second_output::unspecified || said == kind || kind != second_output::none,
            "the model says that its network's second output is ", name_of(said),
            ", and the network has one output; write it as ", form);
    require(said == second_output::unspecified || said == kind,
            "the model says that its network's second output is ", name_of(said), ", and it is ",
            name_of(kind), "; leave that out, or say so");
    if constexpr (reads_second_output<Reader>) {
        if (reader.reads(kind)) return;
        const unsigned kinds = detail::kinds_read(reader);
        const std::string names = names_of(kinds);
        const std::string_view wanted = names;
        require(kind != second_output::none, who, " reads the network's second output (", wanted,
                "), and the network has none; write it as ", form, remedy_for(kinds));
        require(kind != second_output::unspecified, who, " reads the network's second output (",
                wanted,
                "), and the model does not say what it is; name it, as in predicts_noise(network, "
                "fokker::second_output::",
                wanted.substr(0, wanted.find(' ')), ")");
        refuse(who, " cannot use a second output of the kind ", name_of(kind), "; it reads ",
               wanted);
    }
}

/// Refuses a walk from data to noise where the solver's formulas do not hold: they are those of an
/// ODE, which may be followed either way, but not by a step that noise belongs to, nor from or to
/// where lambda is infinite.
template <solver Solver>
void check_reversed(const Solver& method, const grid& walk) {
    if (!walk.is_reversed() || detail::is_inversion(method)) return;
    require(!detail::is_stochastic(method),
            "this solver, with these options, draws noise, and the grid is reversed, from data to "
            "noise; take fokker::ddim_inversion{} or a deterministic solver, or forward(..) for "
            "noisy data");
    require(walk.front().sigma > 0,
            "the grid is reversed and begins at sigma = 0, where this solver has nothing to divide "
            "by; take fokker::ddim_inversion{}, or begin at sigma > 0 (grid_end::least_noise)");
    require(walk.back().alpha > 0,
            "the grid is reversed and ends at alpha = 0, where this solver has nothing to multiply "
            "by; take fokker::ddim_inversion{}, or end at alpha > 0");
}

/// Refuses a walk with jumps to a run without noise, and to noise that cannot be walked twice.
template <class Noise>
void check_jumps(const grid& walk) {
    if (walk.jumps() == 0) return;
    require(!std::same_as<std::remove_cvref_t<Noise>, no_noise>,
            "the grid jumps back to more noise, which is drawn whatever the solver; pass a noise "
            "source after it, such as fokker::philox{.seed = 7}");
    require(!walks_once<Noise>(),
            "the grid jumps back to more noise, and this noise belongs to one Brownian path, which "
            "cannot be walked twice; take fokker::philox{.seed = 7}");
}

/// Refuses what adds noise to noise with a source whose noise is not normal: the sum has another
/// law than the source.
template <class Noise, solver Solver>
void check_normals(const Solver& method, const grid& walk) {
    if constexpr (!gives_normals<Noise>()) {
        require(!detail::is_stochastic(method),
                "this solver, with these options, adds normal noise in its steps, and this noise "
                "source gives another law, which the sum would not have; take a deterministic "
                "solver, such as fokker::heun{}");
        require(walk.jumps() == 0,
                "the grid jumps back to more noise by adding noise to noise, and this noise source "
                "gives no normals, so that the sum would have another law; take the grid that "
                "restarted(..) or resampled(..) was laid over");
    }
}

/// Everything bad that can be known before the network is called.
template <class Noise, solver Solver, class Model>
void check_run(const Solver& method, const Model& network, const grid& walk) {
    detail::check_reversed(method, walk);
    check_jumps<Noise>(walk);
    detail::check_normals<Noise>(method, walk);
    if constexpr (requires { method.check(walk); }) method.check(walk);
    if constexpr (std::same_as<std::remove_cvref_t<Noise>, no_noise>)
        require(!detail::is_stochastic(method),
                "this solver, with these options, draws noise; pass a noise source after it, such "
                "as fokker::philox{.seed = 7}");
    network.check(walk);
}

}  // namespace detail

}  // namespace fokker
