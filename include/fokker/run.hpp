/// A run: the walk under the user's control, step by step.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/checkpoint.hpp>
#include <fokker/core/dry_walk.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/core/shell.hpp>
#include <fokker/core/solver_walk.hpp>
#include <fokker/core/space.hpp>
#include <fokker/core/step_weights.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/flow_map.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/observer.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/path.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// What stands in the place of the solver's type where the third argument is no grid: it says so.
template <class Knots>
struct not_a_grid {};

template <class T>
inline constexpr bool is_grid = true;
template <class Knots>
inline constexpr bool is_grid<not_a_grid<Knots>> = false;
template <class T>
inline constexpr bool on_a_path = false;
template <diffusion_path Path>
inline constexpr bool on_a_path<not_a_grid<Path>> = true;

/// One sentence for an array that is to be written to, and cannot be.
template <array_like X>
consteval void check_written_state() {
    static_assert(std::is_lvalue_reference_v<X> || array_traits<std::remove_cvref_t<X>>::is_view,
                  "fokker: the state is a temporary, so its samples would be lost; pass a "
                  "variable");
    static_assert(
        !std::is_const_v<std::remove_reference_t<X>> &&
            !std::is_const_v<
                std::remove_pointer_t<decltype(data_of(std::declval<std::remove_cvref_t<X>&>()))>>,
        "fokker: the state is written to; pass an array that is not const");
}

/// One for each fault of a network that is called on states of a type and on arrays of its owner.
template <class Network, class State, class Owner>
consteval void check_network_types() {
    detail::require_nothing_is_lost<Network, State, Owner>();
    static_assert(!takes_other_second<Network, State, Owner>,
                  "fokker: the network's second output is not of the type of the first; take "
                  "both by reference, as f(x, t, out, second) with out and second of the same "
                  "type as x");
    static_assert(network_of_either_kind<Network, State, Owner>,
                  "fokker: the network must be callable as f(x, t, out) or out = f(x, t), with "
                  "x a const reference to the state's type, t a double or a fokker::knot, and "
                  "out of the same type as x (or as f(x, t, out, second), with a second output "
                  "of that type); for a view (Map, Ref, span) take x and out as "
                  "Eigen::Ref or std::span, or write a generic lambda; a network that keeps "
                  "memory, as a guided one does, must not be const");
}

/// One sentence on the user's own line for each thing that can be passed wrongly.
template <class X, class Model, class Solver>
consteval void check_types() {
    static_assert(is_grid<Solver> || !on_a_path<Solver>,
                  "fokker: the third argument is a path; lay a grid over it, such as "
                  "fokker::trailing(schedule, 50)");
    static_assert(is_grid<Solver> || on_a_path<Solver>,
                  "fokker: the third argument is a grid, such as fokker::trailing(schedule, 50)");
    static_assert(array_like<X>,
                  "fokker: the state must be a contiguous array of float, double, Eigen::half or "
                  "Eigen::bfloat16: an Eigen "
                  "matrix or array, std::vector, std::array, std::span or an mdspan; for arrays of "
                  "xtensor, PyTorch, OpenCV and DLPack include <fokker/adapt/xtensor.hpp>, "
                  "torch.hpp, opencv.hpp or dlpack.hpp, for a type of your own specialise "
                  "fokker::array_traits");
    static_assert(solver<Solver> || !is_grid<Solver>,
                  "fokker: a solver is a struct with `static constexpr int history`, `static "
                  "constexpr int evaluations` and `void step(auto& run) const`");
    if constexpr (array_like<X>) {
        check_written_state<X>();
        using network = network_of<model_for<Model>>;
        using state = std::remove_cvref_t<X>;
        using owner = owner_of<X>;
        check_network_types<network, state, owner>();
        if constexpr (solver<Solver> && is_flow_map<network>)
            static_assert(
                takes_flow_maps<Solver>,
                "fokker: the network is a flow map, which goes from a knot to another in one call, "
                "and this solver looks back, calls it several times a step or does not say where "
                "its call goes (by `knot target(..) const`); take fokker::ddim{}, euler, tcd, "
                "gamma_sampler or consistency_sampler");
        if constexpr (std::remove_cvref_t<model_for<Model>>::has_classifier) {
            using gradient = std::remove_reference_t<decltype((
                std::declval<std::remove_reference_t<model_for<Model>>&>().classifier.gradient))>;
            static_assert(
                network_for<gradient, state, owner> && network_for<gradient, owner, owner>,
                "fokker: the gradient of guided_by must be callable like a network, as "
                "f(x, t, out) or out = f(x, t)");
            static_assert(!takes_integer_time<gradient, state, owner>,
                          "fokker: the gradient of guided_by takes the time as an integer, and "
                          "times may lie between the integers; take a double");
            static_assert(!takes_output_by_value<gradient, state, owner>,
                          "fokker: the gradient of guided_by takes its output by value, so what it "
                          "writes would be lost; take it by reference");
        }
        if constexpr (std::remove_cvref_t<model_for<Model>>::has_correction)
            check_correction_types<correction_of<model_for<Model>>, state, owner>();
    }
}

/// Whether the walk of a run knows where the run's parts are. Those of a copy, or of what a run is
/// moved to, are elsewhere.
struct attachment {
    bool holds = false;

    attachment() = default;
    attachment(const attachment&) noexcept {}
    attachment& operator=(const attachment&) noexcept {
        holds = false;
        return *this;
    }
};

}  // namespace detail

/// Where a network reads and writes in a call. `second` is null where it has one output.
struct call_addresses {
    const void* input = nullptr;
    void* output = nullptr;
    void* second = nullptr;
    friend bool operator==(const call_addresses&, const call_addresses&) = default;
};

/// A sampler at work: `while (!r.done()) r.step();`. It starts from the x that it is given. It
/// refers to x, to a model or network passed as a variable and to an engine, which must outlive it.
/// Throws fokker::error from the constructor on any misuse, before the network is called. All
/// memory is taken by the constructor, and `step` allocates nothing, but for two things: a guided
/// network takes its arrays at its first call, and a solver that looks back on noise predictions,
/// or is adaptive, one for `prediction` in its first step.
template <class X, class Model, class Solver, class Noise = detail::no_noise, class... Observers>
class run {
    static constexpr bool checked = (detail::check_types<X, Model, Solver>(), true);
    static_assert(checked);

    using method_type = std::remove_cvref_t<Solver>;
    using source_type = detail::source_for<Noise>;
    using model_facts =
        core::model_facts<X, detail::model_for<Model>, detail::reads_second_output<method_type>>;
    using walk_holder = core::walk_holder<method_type>;
    static constexpr std::size_t fixed_slots =
        array_traits<std::remove_cvref_t<X>>::is_fixed
            ? static_cast<std::size_t>(
                  walk_holder::fixed_slots(model_facts::bounds, model_facts::further))
            : 0;
    using shell_type = core::shell<X, detail::model_for<Model>,
                                   detail::reads_second_output<method_type>, fixed_slots>;

public:
    run(X&& x, Model&& predictor, fokker::grid knots, Solver method, Noise&& source = {},
        Observers&&... observers)
        : shell_(std::forward<X>(x), detail::as_model(std::forward<Model>(predictor))),
          source_(detail::as_source(std::forward<Noise>(source))),
          solver_(std::move(method)),
          walk_(solver_, check(std::move(knots)), facts(), shell_.shape(),
                detail::map_elements_of(solver_), second_kind()),
          observers_(std::forward<Observers>(observers)...) {
        static_assert((observer_of<std::remove_reference_t<Observers>, run> && ...),
                      "fokker: an observer takes the run (const auto&) or a fokker::progress, and "
                      "returns void or fokker::control; a solver's options are its members, as in "
                      "fokker::ddim{.eta = 1}");
        shell_.make_arrays(core::slot_plan(facts()));
        if constexpr (model_facts::model::has_correction) check_steps();
        remember();  // which takes the memory that steps need
        keep_prediction(true);
        if constexpr (walk_holder::may_try_parts)
            if (walk_holder::takes_sample_parts(solver_)) {
                attach();
                walk().require_sample_parts(detail::is_stochastic(solver_));
            }
    }

    /// x = noise alone, N(0, std^2 I), and the walk from its beginning. The grid says which
    /// standard deviation (see grid::prior), or `from` does.
    void start_from_prior() { start_from_prior(grid().prior()); }
    void start_from_prior(prior from) {
        begin_at_noise();
        walk().fill_prior(from);
    }

    /// x, which holds clean data, with the noise of the first knot: a draw of q(x_t | x_0); and the
    /// walk from its beginning.
    void start_from_data() {
        begin_at_noise();
        walk().add_noise();
    }

    bool done() const { return stopped_ || index() == steps(); }

    /// One step of the solver, or a jump of the grid, then the observers. If the network throws, x
    /// holds the last completed step and the run can go on; not so if a noise source throws while
    /// it fills. Throws fokker::error when there is nothing left to do.
    void step() {
        detail::require(!done(), "step() was called on a run that is done; ask done() first");
        attach();
        remember();
        try {
            if (walk().at_jump())
                walk().jump();
            else
                walk_.take_step(solver_);
        } catch (...) {
            attached_.holds = false;  // first, as what follows may throw itself
            walk().undo_step();
            take_back(memory_);
            shell_.mend_arrays();
            throw;
        }
        // At its first call the network may have come to keep more.
        if (walk().first_was_done()) remember();
        std::apply([&](auto&... each) { (look(each), ...); }, observers_);
    }

    /// Goes on from knot `index`, where x then is: to repeat a run (0), or to resume one from
    /// another day. The noise is that of the uninterrupted run; a solver with a history begins it
    /// anew.
    void seek(int index) {
        detail::require(index >= 0 && index < steps(), "seek(", index, "): the grid has ", steps(),
                        " steps; go to 0 .. ", steps() - 1);
        walk().seek(index);
        stopped_ = false;
    }

    /// Where the run is, as a value: between two steps everything that the rest of the walk depends
    /// on, but for the model, the solver's options and the seed of counted noise. See `resume`.
    fokker::checkpoint checkpoint() {
        attach();
        std::vector<std::byte> bytes;
        core::memory_writer to(bytes);
        visit_all(to);
        return {owner(), index(), std::move(bytes)};
    }

    /// Goes on from a checkpoint, in this process or another one: x is filled, and the steps to
    /// come have the bits of the uninterrupted run, whatever the solver looks back on. Throws
    /// fokker::error, naming what differs, on the checkpoint of another solver, grid, path, shape
    /// or element type. The model, the solver's options and the noise must be the same, too; that
    /// is not checked. Where the network or the noise kept something else than here, it throws with
    /// x already changed: then begin anew.
    void resume(const fokker::checkpoint& from) {
        from.require_from(owner());
        attach();
        shell_.resume();
        core::memory_reader reader(from.bytes());
        visit_all(reader);
        detail::require(reader.is_at_end(),
                        "the checkpoint holds more than this run keeps: its network or its noise "
                        "source was another one");
        stopped_ = false;
    }

    /// What the solver keeps from step to step, of which it has memories(): the second state of a
    /// solver that can be walked back exactly, such as reversible_heun. Valid until the next step.
    /// Throws fokker::error before the first step, when nothing is in it.
    const auto& memory(int k) const { return shell_.array_at(walk().memory_to_read(k)); }
    int memories() const { return walk().memories(); }
    /// Whether the solver can begin with memories from outside, and the name of its type.
    bool starts_from_memories() const { return facts().starts_from_memories; }
    std::string solver_name() const { return walk_holder::type_of(solver_); }

    /// Hands over a memory of another walk, so that the solver goes on with it instead of making it
    /// anew: after start_from_.. or seek, which empty the memories, and before the step. The array
    /// has the state's shape and element type; it is copied. Throws fokker::error if the solver
    /// does not begin with memories from outside, after a step, and on another shape.
    template <array_like Array>
    void set_memory(int k, const Array& from) {
        constexpr bool fits = std::is_same_v<detail::scalar_of<Array>, detail::scalar_of<X>> &&
                              std::is_same_v<core::space_of<Array>, core::space_of<X>>;
        static_assert(fits,
                      "fokker: a memory has the element type of the state, and lies in its space");
        detail::require(detail::has_shape(from, shell_.shape()), "set_memory(", k,
                        ", ..): the array has another shape than the state");
        if constexpr (fits) {
            attach();
            shell_.copy_into(walk().memory_to_set(k), from);
        }
    }

    /// Other seeds for the noise, for another sample from the same run: in a control loop
    ///   r.reseed(tick); r.start_from_prior(); while (!r.done()) r.step();
    /// It takes no memory. A counted source, such as philox, has the numbers of that seed from the
    /// next draw on; others begin anew. A std engine, philox, brownian, torch_cpu and torch_cuda
    /// take a seed; per_sample takes a list of them, one for each source; prior_and_steps and
    /// varied take two; student_t and radial one or two.
    template <class... Seeds>
    void reseed(const Seeds&... seeds) {
        constexpr bool whole = !(std::is_floating_point_v<Seeds> || ...);
        static_assert(whole, "fokker: a seed is a whole number");
        constexpr bool can =
            requires(source_type& source) { source.reseed(detail::as_seed(seeds)...); };
        static_assert(!whole || can,
                      "fokker: this noise source does not take these seeds; a source takes another "
                      "seed by a member reseed(seed), per_sample takes a std::span of seeds, and "
                      "prior_and_steps two");
        if constexpr (whole && can) source_.reseed(detail::as_seed(seeds)...);
    }
    /// The noise source: the run's own copy of a counted one, or what a variable refers to.
    const auto& noise() const { return source_; }
    /// Gaussians of the state's shape that the steps still to come will draw; start_from_prior and
    /// start_from_data draw one more. So many are to be recorded for such a walk. None
    /// where it depends on the network: of a solver that draws in parts of a step, and may reject
    /// them. It takes memory.
    std::optional<std::size_t> draws_to_come() const {
        if constexpr (walk_holder::may_try_parts)
            if (walk_holder::tries_parts(solver_) && detail::is_stochastic(solver_))
                return std::nullopt;
        return core::dry_walk(walk_, solver_, core::slot_plan(facts()).count, shell_.fixed()).draws;
    }

    /// Every combination of addresses that the rest of the walk may call the network with, for an
    /// engine that wants them before: one that records a CUDA graph for each, or registers memory.
    /// They hold while the run and x stay where they are, and for a network that writes into `out`
    /// instead of returning an array. Those of an adaptive solver are all that its parts could use.
    /// A network inside of `guided` or another wrapper gets arrays of the wrapper's, and a
    /// correction may call with some of its own. It takes memory, and calls nothing.
    std::vector<call_addresses> network_addresses() {
        attach();
        std::vector<call_addresses> all;
        const auto add = [&](const core::asked::arrays& c) {
            const call_addresses one{shell_.input_at(c.input),
                                     shell_.output_at(c.output, c.raw, c.wants_noise),
                                     shell_.further_at(c.further)};
            if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
        };
        const core::slot_plan plan(facts());
        const auto place = [](int slot) { return static_cast<std::size_t>(slot); };
        if constexpr (walk_holder::may_try_parts)
            if (walk_holder::tries_parts(solver_)) {
                const int further = facts().further;
                for (int in = 0; in < plan.outputs; ++in)
                    for (int out = plan.outputs; out < plan.further; ++out)
                        for (int second = plan.further; second < plan.raw + (further ? 0 : 1);
                             ++second)
                            for (const bool noise : {false, true})
                                add({place(in), place(out),
                                     place(plan.raw < plan.preview ? plan.raw : out),
                                     place(further ? second : 0), noise});
                return all;
            }
        for (const core::asked::arrays& c :
             core::dry_walk(walk_, solver_, plan.count, shell_.fixed()).calls)
            add(c);
        return all;
    }

    /// Switches `prediction()` on, the default, or off. It costs one array write in each step.
    void keep_prediction(bool wanted) { walk().keep_prediction(wanted); }

    /// Steps done, and steps in all.
    int index() const { return walk().index(); }
    int steps() const { return walk().steps(); }
    /// Where x is now, and where it was one step ago.
    const fokker::knot& knot() const { return walk().knots()[static_cast<std::size_t>(index())]; }
    const fokker::knot& previous_knot() const {
        detail::require(index() > 0, "previous_knot() was asked for before a step was done");
        return walk().knots()[static_cast<std::size_t>(index() - 1)];
    }
    const fokker::grid& grid() const { return walk().knots(); }
    /// Predictions that the solver asked for so far. Two networks under guidance give one; a
    /// network with its probes, too.
    std::int64_t evaluations() const { return walk().evaluations(); }
    /// Calls of your own callables so far: each network that guidance, probes and the other
    /// wrappers call, and a classifier's gradient. Without these it is evaluations(). A callable
    /// that calls wrapped networks itself counts as these do if it passes its knot on by reference,
    /// otherwise as one.
    std::int64_t network_calls() const { return shell_.network_calls(); }
    /// The state x.
    const auto& state() const { return shell_.state(); }
    /// The data prediction that the last step began with, for previews; after at least one step. It
    /// is bounded as the model says. A solver whose steps have several parts (adaptive ones,
    /// Langevin corrections, inversion) gives that of the last part. After a jump of the grid it is
    /// that of the step before.
    const auto& prediction() const { return shell_.array_at(walk().prediction()); }
    bool stopped() const { return stopped_; }
    fokker::progress progress() const { return {index(), steps(), evaluations(), knot()}; }

private:
    /// Everything bad that can be known before the network is called.
    fokker::grid check(fokker::grid knots) const {
        detail::check_run<Noise>(solver_, shell_.model(), knots);
        detail::check_flow_map(solver_, shell_.model(), knots);
        if (detail::is_stochastic(solver_) || knots.jumps() > 0)
            detail::check_source(source_, knots, shell_.shape());
        if constexpr (walk_holder::may_try_parts && !std::remove_cvref_t<source_type>::counted &&
                      !core::keeps_memory<std::remove_reference_t<source_type>>)
            detail::require(!walk_holder::tries_parts(solver_) || !detail::is_stochastic(solver_),
                            "this solver, with these options, draws noise in parts of a step that "
                            "it may reject, and the noise source cannot give the same numbers "
                            "again; give it a function memory, as docs/noise.md shows, or take "
                            "fokker::philox{.seed = 7}");
        detail::check_second_output(solver_, shell_.model().second, second_kind());
        detail::require_shape<detail::scalar_of<X>>(source_, shell_.shape());
        detail::check_network(solver_,
                              std::remove_cvref_t<decltype((shell_.model().prediction))>::name,
                              shell_.shape().elements);
        if (const std::size_t elements = detail::map_elements_of(solver_))
            detail::require(elements == shell_.shape().elements,
                            "the solver has a map of variances for samples of ", elements,
                            " elements, and the state has samples of ", shell_.shape().elements,
                            "; measure the moments on samples of that size");
        return knots;
    }
    /// What a correction refuses of the solver.
    void check_steps() const {
        const auto& f = shell_.model().correction.function;
        if constexpr (detail::checks_steps<std::remove_cvref_t<decltype(f)>>) {
            const auto* const by = detail::checker_of_steps(f);
            core::look_at_steps(walk_, solver_, facts(), shell_.model().keeps_noise(),
                                [by](const fokker::knot& s, const fokker::knot& t,
                                     const core::step_weights& w) { by->check_step(s, t, w); });
        }
    }
    second_output second_kind() const { return model_facts::second_kind(shell_.model().second); }
    core::run_facts facts() const {
        return walk_holder::facts(solver_, model_facts::bounds, model_facts::further);
    }

    core::walk& walk() { return walk_.base(); }
    const core::walk& walk() const { return walk_.base(); }

    void begin_at_noise() {
        static_assert(!std::is_same_v<std::remove_cvref_t<Noise>, detail::no_noise>,
                      "fokker: a walk starts from noise; give the run a noise source after the "
                      "solver, such as fokker::philox{.seed = 7}");
        seek(0);
        attach();
        detail::require(!grid().is_reversed(),
                        "the grid is reversed and begins at the data, where no noise is drawn; use "
                        "denoise, which starts from the x it is given");
    }

    /// Tells the walk where everything is: once, and again when the run was copied or moved.
    void attach() {
        detail::require(shell_.has_shape(walk().shape()),
                        "the state has changed its size since the run was made; make a new run");
        if (attached_.holds) return shell_.refresh_state();
        walk().attach(shell_.addresses(), core::operations_of<core::space_of<X>>,
                      shell_.reference(), shell_.fixed(),
                      kernel::noise_reference::to<detail::scalar_of<X>>(source_));
        if constexpr (walk_holder::may_try_parts)
            walk().attach_outside({this,
                                   [](void* r) {
                                       run& self = *static_cast<run*>(r);
                                       if constexpr (has_memory)
                                           self.write_memory(self.part_memory_);
                                   },
                                   [](void* r) {
                                       run& self = *static_cast<run*>(r);
                                       self.take_back(self.part_memory_);
                                   },
                                   [](void* r) { return static_cast<run*>(r)->network_keeps(); }},
                                  sizeof(detail::scalar_of<X>));
        attached_.holds = true;
    }

    /// Whether the network or the noise keeps something from call to call.
    static constexpr bool has_memory =
        shell_type::keeps_memory || core::keeps_memory<std::remove_reference_t<source_type>>;

    template <class Archive>
    void visit_memory(Archive& archive) {
        shell_.visit_memory(archive);
        core::visit_memory(source_, archive);
    }
    template <class Archive>
    void visit_all(Archive& archive) {
        walk().visit_place(archive);
        shell_.visit_calls(archive);
        walk().for_each_kept([&](core::slot s) { shell_.visit_elements(s, archive); });
        visit_memory(archive);
    }
    fokker::checkpoint::owner owner() const {
        return {walk_holder::type_of(solver_),
                detail::type_name<detail::scalar_of<X>>(),
                shell_.shape(),
                steps(),
                detail::fingerprint_of(grid()),
                detail::path_fingerprint_of(grid())};
    }
    void remember() {
        if constexpr (has_memory) {
            write_memory(memory_);
            if constexpr (walk_holder::may_try_parts) part_memory_.reserve(memory_.size());
        }
    }
    /// Whether the network keeps something now: one that could may not, with its options.
    bool network_keeps() {
        if constexpr (shell_type::keeps_memory) {
            part_memory_.clear();
            core::memory_writer to(part_memory_);
            shell_.visit_memory(to);
            return !part_memory_.empty();
        }
        return false;
    }
    void write_memory(std::vector<std::byte>& bytes) {
        bytes.clear();
        core::memory_writer to(bytes);
        visit_memory(to);
    }
    /// Callables that the run cannot see keep what they have: they are told, too.
    void take_back(const std::vector<std::byte>& bytes) {
        shell_.take_back();
        if constexpr (has_memory) {
            core::memory_reader from(bytes);
            visit_memory(from);
        }
    }

    /// Only what passed the check above, so that its sentence is the one error.
    template <class O>
    void look(O& observer) {
        if constexpr (observer_of<O, run>)
            if (detail::observe(observer, *this) == control::stop) stopped_ = true;
    }

    shell_type shell_;
    source_type source_;
    method_type solver_;
    walk_holder walk_;
    std::tuple<Observers...> observers_;
    std::vector<std::byte> memory_;       // of the network and the noise, as the step began
    std::vector<std::byte> part_memory_;  // and as its part did, where that may be rejected
    detail::attachment attached_;
    bool stopped_ = false;
};

template <class X, class Model, class Solver>
run(X&&, Model&&, grid, Solver) -> run<X, Model, Solver, detail::no_noise>;

template <class X, class Model, class Knots, class Solver, class... Rest>
    requires(!std::is_convertible_v<Knots, grid>)
run(X&&, Model&&, Knots, Solver, Rest&&...)
    -> run<X, Model, detail::not_a_grid<Knots>, detail::no_noise>;

template <class X, class Model, class Solver, class Noise, class... Observers>
run(X&&, Model&&, grid, Solver, Noise&&, Observers&&...)
    -> run<X, Model, Solver, Noise, Observers...>;

}  // namespace fokker
