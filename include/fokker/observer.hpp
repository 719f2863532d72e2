/// Observers: callables that look on after every step, and may end the walk.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// What an observer may return: nothing, or whether the walk goes on.
enum class control { go_on, stop };

/// Where a run stands, for observers that are not templates. `step` steps of `steps` are done; the
/// state is at the knot `at`.
struct progress {
    int step = 0;
    int steps = 0;
    std::int64_t evaluations = 0;
    knot at;
};

namespace detail {
template <class R>
concept observation = std::is_void_v<R> || std::same_as<R, control>;
}  // namespace detail

/// A callable that takes the run (const auto&) or a fokker::progress, and returns void or
/// fokker::control.
template <class O, class Run>
concept observer_of =
    (std::invocable<O&, const Run&> && detail::observation<std::invoke_result_t<O&, const Run&>>) ||
    (std::invocable<O&, progress> && detail::observation<std::invoke_result_t<O&, progress>>);

namespace detail {

/// Whether what it returns may end the walk early; of what is no observer, not.
template <class O, class Run>
constexpr bool may_stop = [] {
    using view = std::remove_cvref_t<Run>;
    if constexpr (!observer_of<O, view>)
        return false;
    else if constexpr (std::invocable<O&, const view&>)
        return !std::is_void_v<std::invoke_result_t<O&, const view&>>;
    else
        return !std::is_void_v<std::invoke_result_t<O&, progress>>;
}();

template <class Run, observer_of<Run> O>
control observe(O& observer, const Run& run) {
    const auto call = [&](const auto& view) {
        if constexpr (std::is_void_v<std::invoke_result_t<O&, decltype(view)>>) {
            observer(view);
            return control::go_on;
        } else {
            return observer(view);
        }
    };
    if constexpr (std::invocable<O&, const Run&>)
        return call(run);
    else
        return call(run.progress());
}

}  // namespace detail

/// An observer that throws network_error, naming the step, t and sigma, as soon as the state holds
/// something that is not finite. Costs one read of the state a step.
struct check_finite {
    template <class Run>
        requires requires(const Run& run) { run.state(); }
    void operator()(const Run& run) const {
        const auto& x = run.state();
        const std::size_t size = detail::shape_of(x).size();
        const std::size_t i =
            core::space_of<decltype(x)>::first_not_finite(detail::data_of(x), size);
        if (i < size)
            throw network_error(detail::sentence(
                {"fokker: element ", i, " of the state is not finite after step ", run.index() - 1,
                 ", t = ", run.previous_knot().t, ", sigma = ", run.previous_knot().sigma,
                 "; the network returned NaN or inf"}));
    }
};

}  // namespace fokker
