/// A walk whose steps are made side by side: the network is called for many knots at once. Shih et
/// al. 2023 (ParaDiGMS).
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/core/dry_walk.hpp>
#include <fokker/core/slots.hpp>
#include <fokker/core/solver_walk.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/error_norm.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/model/callable.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network_of_times.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/observer.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// How the steps of a walk are made side by side.
struct parallel_options {
    /// Knots for which one call of the network is made, at most. So many states are kept.
    int window = 16;
    /// A state is final once its last change, as a root mean square over each sample, is at most
    /// this times sigma there. With 0 nothing may change, and the result is that of the walk step
    /// by step, bit by bit.
    double tolerance = 0.0;
};

/// What was done. `evaluations` counts a knot for which the network was asked, again and again
/// until its state was final; `network_calls` those of whole windows, and of a classifier.
struct parallel_report : report {
    int sweeps = 0;  ///< calls of the network, each for all knots of the window
};

namespace detail {

/// Stands for the network in a single step: what it predicts is known already.
template <class X>
struct known_prediction {
    const scalar_of<X>* values = nullptr;

    void operator()(const X&, double, X& out) const {
        core::sweep<core::space_of<X>>(detail::data_of(out), kernel::term(1.0, values),
                                       detail::shape_of(out));
    }
};

/// Picard's iteration over a window of knots: all states of it are guessed, the network is called
/// for all at once, and then the steps are made one after the other, each from the state that the
/// last one came to and with the prediction at the state that was guessed. Where that is the same
/// state the step is that of the walk alone. Shih et al. 2023 (Algorithm 1) add up steps from the
/// guessed states; here what a step does with its state is exact, and only the network's
/// nonlinearity is left to be iterated: the fixed point is the same.
template <class X, class Model, class Solver, class Noise>
class parallel_walk {
    using array = owner_of<X>;
    using scalar = scalar_of<array>;
    using space = core::space_of<array>;
    using network = network_of<Model&>;
    using known = known_prediction<array>;
    using step_model = decltype(detail::around(std::declval<known&>(), std::declval<Model&>()));
    using step_run = run<array&, step_model, Solver, Noise>;

public:
    parallel_walk(const X& x, Model& predictor, grid knots, const Solver& method,
                  const Noise& noise, const parallel_options& options)
        : model_(predictor),
          knots_(std::move(knots)),
          options_(options),
          shape_(detail::shape_of(x)),
          change_(array_traits<X>::like(x)) {
        detail::require(options.window >= 1, "window is ", options.window,
                        "; one call of the network needs one knot at least");
        detail::require(is_finite(options.tolerance) && options.tolerance >= 0, "tolerance is ",
                        options.tolerance, "; it must be finite and not negative");
        knots_.require_one_path("a walk in parallel");
        detail::require(knots_.jumps() == 0,
                        "the grid has jumps back to more noise, which a walk in parallel cannot "
                        "make; take sample");
        const int places = (std::min)(options.window, knots_.steps());
        const auto n = static_cast<std::size_t>(places);
        known_.resize(n);
        stepped_.reserve(n);
        runs_.reserve(n);
        for (std::size_t j = 0; j < n; ++j) {
            stepped_.push_back(array_traits<X>::like(x));
            runs_.emplace_back(stepped_[j], detail::around(known_[j], model_), knots_, method,
                               Noise(noise));
            runs_[j].keep_prediction(false);
        }
        require_single_calls(method, knots_, shape_);
        for (std::size_t j = 0; j <= n; ++j) states_.push_back(array_traits<X>::like(x));
        input_ = array_traits<X>::repeated(x, n);
        output_ = array_traits<X>::repeated(x, n);
        times_.resize(n * shape_.samples);
        filled_ = n;
    }

    void start_from(const X& x) {
        write(states_[0], kernel::term<scalar>(1.0, detail::const_data_of(x)));
        begin();
    }
    void start_from_prior() {
        runs_[0].start_from_prior();
        std::swap(states_[0], stepped_[0]);
        begin();
    }

    bool done() const { return first_ == knots_.steps(); }

    /// One call of the network, and the window moves on behind the states that are final.
    void sweep() {
        const int steps = (std::min)(static_cast<int>(runs_.size()), knots_.steps() - first_);
        const auto n = static_cast<std::size_t>(steps);
        predict(n);
        std::size_t settled = 1;
        bool all_final = true;
        for (std::size_t j = 0; j < n; ++j) {
            write(stepped_[j], kernel::term<scalar>(1.0, detail::const_data_of(states_[j])));
            runs_[j].seek(first_ + static_cast<int>(j));
            runs_[j].step();
            array &now = stepped_[j], &before = states_[j + 1];
            if (all_final && j + 1 < n) {  // at the last one the network is not asked
                write(change_, kernel::term<scalar>(1.0, detail::const_data_of(now)) +
                                   kernel::term<scalar>(-1.0, detail::const_data_of(before)));
                all_final = change_at(j) <= options_.tolerance;
                if (all_final) ++settled;
            }
            std::swap(now, before);
        }
        evaluations_ += steps;
        ++sweeps_;
        move_on(settled, n);
    }

    void take_result(X& x) const {
        core::sweep<space>(detail::data_of(x),
                           kernel::term<scalar>(1.0, detail::const_data_of(states_[0])), shape_);
    }

    parallel_report done_so_far(bool stopped) const {
        parallel_report r{{first_, evaluations_, stopped, sweeps_}, sweeps_};
        for (const step_run& each : runs_) r.network_calls += each.network_calls();
        r.network_calls -= evaluations_;  // the looks at what was known
        return r;
    }
    progress seen() const {
        return {first_, knots_.steps(), evaluations_, knots_[static_cast<std::size_t>(first_)]};
    }

private:
    static void require_single_calls(const Solver& method, const grid& knots, array_shape shape) {
        using holder = core::walk_holder<Solver>;
        const core::run_facts facts = holder::facts(method, core::bounding::none, 0);
        detail::require(facts.history == 0 && facts.memories == 0,
                        "this solver looks back on earlier steps, which a walk in parallel makes "
                        "at the same time; take a solver without a history, such as "
                        "fokker::ddim{}, or sample");
        constexpr const char* single =
            "a walk in parallel calls the network for all steps at once, and this solver calls it "
            "elsewhere than once at the beginning of each step; take fokker::ddim{} or "
            "fokker::ddpm{}, or sample";
        detail::require(!facts.tries_parts, single);
        holder walk(method, grid(knots), facts, shape, detail::map_elements_of(method),
                    second_output::none);
        detail::require(
            core::dry_walk(walk, method, core::slot_plan(facts).count, nullptr).only_at_state,
            single);
    }
    static void write(array& out, const auto& value) {
        core::sweep<space>(detail::data_of(out), value, detail::shape_of(out));
    }

    /// The network's predictions at the first n states of the window.
    void predict(std::size_t n) {
        if (filled_ != n) {
            input_ = array_traits<array>::repeated(change_, n);
            output_ = array_traits<array>::repeated(change_, n);
            filled_ = n;
        }
        const std::size_t size = shape_.size();
        for (std::size_t j = 0; j < n; ++j) {
            const detail::reading r = model_.at(knots_.walked(at(j)));
            core::sweep<space>(
                detail::data_of(input_) + j * size,
                kernel::term<scalar>(r.input_scale, detail::const_data_of(states_[j])), shape_);
            std::fill_n(times_.begin() + static_cast<std::ptrdiff_t>(j * shape_.samples),
                        shape_.samples, r.label);
        }
        const std::span<const double> times(times_.data(), n * shape_.samples);
        if constexpr (std::invocable<network&, const array&, std::span<const double>, array&>)
            std::invoke(model_.network, std::as_const(input_), times, output_);
        else
            output_ = std::invoke(model_.network, std::as_const(input_), times);
        const array_shape made = detail::shape_of(output_);
        if (made != detail::shape_of(input_))
            throw network_error(
                detail::sentence({"fokker: the network's output has ", made.samples, " samples of ",
                                  made.elements, " for ", n, " knots and a batch of ",
                                  shape_.samples, " samples of ", shape_.elements}));
        for (std::size_t j = 0; j < n; ++j)
            known_[j].values = detail::const_data_of(output_) + j * size;
    }

    std::size_t at(std::size_t j) const { return static_cast<std::size_t>(first_) + j; }

    /// Of the state after step j: over sigma, the largest of the samples. With a tolerance of 0 it
    /// is only asked whether there is any.
    double change_at(std::size_t j) const {
        const double unit = options_.tolerance > 0 ? knots_.walked(at(j + 1)).sigma : 1e-100;
        return space::error_norm(detail::data_of(change_), detail::data_of(change_),
                                 detail::data_of(change_), shape_,
                                 {unit, 0.0, error_over::worst_sample});
    }

    /// The states that the window has not seen yet begin as the last one it has, at the scale of
    /// data of variance 1.
    void guess(std::size_t from) {
        const auto scale = [&](std::size_t j) {
            const knot& k = knots_.walked(at(j));
            return std::hypot(k.alpha, k.sigma);
        };
        const std::size_t n = (std::min)(states_.size() - 1, at_end());
        for (std::size_t j = from + 1; j <= n; ++j)
            write(states_[j], kernel::term<scalar>(scale(j) / scale(from),
                                                   detail::const_data_of(states_[from])));
    }
    std::size_t at_end() const { return static_cast<std::size_t>(knots_.steps() - first_); }

    void begin() {
        first_ = 0;
        guess(0);
    }
    void move_on(std::size_t settled, std::size_t n) {
        using std::swap;
        for (std::size_t j = 0; j + settled < states_.size(); ++j)
            swap(states_[j], states_[j + settled]);
        first_ += static_cast<int>(settled);
        guess(n - settled);
    }

    Model& model_;
    grid knots_;
    parallel_options options_;
    array_shape shape_;
    int first_ = 0;               // knot of the first state, which is final
    std::vector<array> states_;   // of the window: knots first_ .. first_ + window
    std::vector<array> stepped_;  // where the steps are made
    std::vector<known> known_;    // what the network said of each
    std::vector<step_run> runs_;  // one for each place of the window
    array change_, input_, output_;
    std::vector<double> times_;
    std::size_t filled_ = 0;  // knots that input_ and output_ have room for
    std::int64_t evaluations_ = 0;
    int sweeps_ = 0;
};

template <class X, class Model, class Noise>
consteval void check_parallel_types() {
    detail::check_written_state<X>();
    static_assert(repeatable<std::remove_cvref_t<X>>,
                  "fokker: a walk in parallel needs an array that can hold the batch several "
                  "times, and this one's size is fixed (or its array_traits have no repeated(a, "
                  "times)); take a dynamic number of samples");
    static_assert(std::remove_cvref_t<Noise>::counted,
                  "fokker: the steps of a walk in parallel are made in any order, so its noise "
                  "must not depend on the order of draws; take a counted source, such as "
                  "fokker::philox{.seed = 7}");
    using network = network_of<model_for<Model>>;
    static_assert(!std::remove_cvref_t<model_for<Model>>::has_correction,
                  "fokker: a walk in parallel asks the network before it makes the steps, and a "
                  "correction asks it in a step; leave the correction out, or use fokker::sample");
    static_assert(network_of_times<network, owner_of<X>>,
                  "fokker: the network of a walk in parallel sees samples of several knots at "
                  "once; write it as f(x, times, out) or out = f(x, times), with a "
                  "std::span<const double> that has a time for each sample of x");
    static_assert(
        !loses_output<network, owner_of<X>, const owner_of<X>&, std::span<const double>>,
        "fokker: the network takes its output by value, so what it writes would be lost; take it "
        "by reference");
}

template <class X, class Model, class Solver, class Noise, class... Observers>
parallel_report walk_in_parallel(X& x, Model& m, grid knots, const Solver& method,
                                 const Noise& noise, const parallel_options& options,
                                 const auto& start, Observers&... observers) {
    static_assert((observer_of<Observers, progress> && ...),
                  "fokker: an observer of a walk in parallel takes a fokker::progress, and returns "
                  "void or fokker::control");
    parallel_walk<std::remove_cvref_t<X>, Model, Solver, Noise> walk(x, m, std::move(knots), method,
                                                                     noise, options);
    start(walk);
    bool stopped = false;
    while (!walk.done() && !stopped) {
        walk.sweep();
        [[maybe_unused]] const progress seen = walk.seen();
        ((stopped |= detail::observe(observers, seen) == control::stop), ...);
    }
    walk.take_result(x);
    return walk.done_so_far(stopped);
}

}  // namespace detail

/// Fills x with noise, and denoises it with the steps side by side: the samples of `sample`, by
/// fewer calls of the network one after the other, each for many knots.
///   predictor  as for sample, with a network f(x, times, out) or out = f(x, times): x holds the
///              batch once for each knot of the window, and times, a std::span<const double>, has a
///              time for each sample of x
///   method     a solver that calls the network once a step, at its beginning, and does not look
///              back, such as ddim{.eta = 0.5} or ddpm{}
///   noise      a counted source, such as philox{.seed = 7}
///   options    the window and the tolerance
///   observers  callables that take a fokker::progress, after each sweep
/// With tolerance 0 the result has the bits of `sample` (but under -ffast-math), after at most as
/// many sweeps as the grid has steps; with more it is as close to it as the tolerance says, and a
/// sample depends on the batch. It pays where the network takes less for a large batch than for its
/// parts one after the other, as on a device that is not full. Takes memory when it begins, and
/// where the window shrinks at the end. Throws fokker::error on other solvers and on grids with
/// jumps before any call. If the network throws, x is as it was.
template <class X, class Model, class Solver, noise_or_engine Noise, class... Observers>
parallel_report sample_in_parallel(X&& x, Model&& predictor, grid knots, Solver method,
                                   Noise&& noise, const parallel_options& options = {},
                                   Observers&&... observers) {
    detail::check_parallel_types<X, Model, Noise>();
    auto&& m = detail::as_model(std::forward<Model>(predictor));
    return detail::walk_in_parallel(
        x, m, std::move(knots), method, std::as_const(noise), options,
        [](auto& walk) { walk.start_from_prior(); }, observers...);
}

/// The same from a state at the grid's first knot, as `denoise`. A deterministic solver needs no
/// noise source.
template <class X, class Model, class Solver, noise_or_engine Noise, class... Observers>
parallel_report denoise_in_parallel(X&& x, Model&& predictor, grid knots, Solver method,
                                    Noise&& noise, const parallel_options& options = {},
                                    Observers&&... observers) {
    detail::check_parallel_types<X, Model, Noise>();
    auto&& m = detail::as_model(std::forward<Model>(predictor));
    return detail::walk_in_parallel(
        x, m, std::move(knots), method, std::as_const(noise), options,
        [&](auto& walk) { walk.start_from(x); }, observers...);
}
template <class X, class Model, class Solver, class... Observers>
parallel_report denoise_in_parallel(X&& x, Model&& predictor, grid knots, Solver method,
                                    const parallel_options& options = {},
                                    Observers&&... observers) {
    detail::check_parallel_types<X, Model, detail::no_noise>();
    auto&& m = detail::as_model(std::forward<Model>(predictor));
    return detail::walk_in_parallel(
        x, m, std::move(knots), method, detail::no_noise{}, options,
        [&](auto& walk) { walk.start_from(x); }, observers...);
}

}  // namespace fokker
