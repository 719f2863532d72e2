/// A discrete walk under the user's control, step by step; and the verbs `sample`, `edit` and
/// `denoise`.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/checkpoint.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/core/type_name.hpp>
#include <fokker/discrete/model.hpp>
#include <fokker/discrete/sampler.hpp>
#include <fokker/discrete/walk.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/uniforms.hpp>
#include <fokker/observer.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/sample.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

namespace detail {

/// Everything bad that can be known of a walk before the network is called, whatever the sampler.
template <class X, class Model, class Process>
void require_walkable(const X& x, const Model& m, const Process& process, const grid& knots) {
    process.check(m.classes);
    m.draws.check();
    if constexpr (!has_one_noise<Process>)
        require(m.says == says::classes || m.says == says::classes_left_out,
                "ratios and rates are taken for processes whose noise has one law, absorbing and "
                "uniform; take predicts_classes or predicts_classes_leaving_one_out");
    require(!knots.is_reversed(), "the grid is reversed; classes are walked from noise to data");
    knots.require_one_path("a discrete walk");
    require(knots.jumps() == 0, "the grid has jumps, which a discrete walk does not make");
    for (const knot& k : knots)
        require(std::abs(k.alpha + k.sigma - 1.0) < 1e-9 && k.alpha >= 0 && k.alpha <= 1,
                "a knot has alpha = ", k.alpha, " and sigma = ", k.sigma,
                ", and on the path of a discrete process they sum to 1: take one such as "
                "fokker::flow_path{}");
    require(noise_is_mask<Process> || knots[0].alpha > 0 ||
                (m.says != says::ratios && m.says != says::rates),
            "the walk begins at alpha = 0, where ratios and rates say nothing of the data; let it "
            "begin a little below, such as flow(n).from_strength(0.999)");
    const array_shape shape = detail::shape_of(x);
    require(shape.size() > 0, "the state is empty; give it the size of the batch first");
    require(m.known.empty() || m.known.size() == shape.size() || m.known.size() == shape.elements,
            "the mask of with_known has ", m.known.size(), " elements, and the state ",
            shape.samples, " samples of ", shape.elements,
            "; give it the state's shape, or that of one sample");
    const int states = process.states(m.classes);
    require(static_cast<std::uint64_t>(states - 1) <=
                static_cast<std::uint64_t>((std::numeric_limits<scalar_of<X>>::max)()),
            "a position can have ", states,
            " values, and the state's element type does not hold them all");
}

}  // namespace detail

/// A sampler of classes at work: `while (!r.done()) r.step();`. It starts from the x that it is
/// given, and refers to x and to a model passed as a variable. Throws fokker::error from the
/// constructor on misuse, before the network is called; `step` allocates nothing.
template <class X, class Model, class Process, class Sampler, class... Observers>
class run {
    static_assert(token_array<X>,
                  "fokker: the state of a discrete walk is a contiguous array of whole numbers: an "
                  "Eigen matrix or array, std::vector, std::array or std::span");
    static_assert(detail::is_model<std::remove_cvref_t<Model>>,
                  "fokker: say what the network's numbers are, as in "
                  "fokker::discrete::predicts_classes(network, classes)");
    // The same sentences that a sampler of a type unknown here is refused by, in `checked`.
    static_assert(!detail::lacks_masks<Process>(detail::needs_of<Sampler>),
                  "fokker: this sampler opens and closes masks, and the process has other noise; "
                  "take fokker::discrete::absorbing, or another sampler such as "
                  "fokker::discrete::ancestral{}");
    static_assert(!detail::lacks_open_noise<Process>(detail::needs_of<Sampler>),
                  "fokker: this sampler draws open positions anew from what the others say of "
                  "them, which networks of masks do not know; take "
                  "fokker::discrete::remasking{} for masks");
    static_assert(!detail::lacks_one_noise<Process>(detail::needs_of<Sampler>),
                  "fokker: this sampler is for processes whose noise has one law at all knots, "
                  "absorbing and uniform; take fokker::discrete::ancestral{}");
    using plain = std::remove_reference_t<X>;

public:
    run(X&& x, Model&& m, Process process, fokker::grid knots, Sampler sampler, philox noise,
        Observers&&... observers)
        : x_(std::forward<X>(x)),
          model_(std::forward<Model>(m)),
          sampler_(std::move(sampler)),
          knots_(std::move(knots)),
          walk_(x_, model_, checked(process), knots_, noise,
                detail::needs_now(sampler_).keeps_numbers),
          before_(walk_.shape().size()),
          observers_(std::forward<Observers>(observers)...) {}
    run(const run&) = delete;
    run& operator=(const run&) = delete;

    /// x = noise alone, but for known positions, and the walk from its beginning.
    void start_from_prior() {
        seek(0);
        require_known();
        each_unknown([&](token& state, const noise_position& at) {
            const double u = noise::uniforms_at(walk_.source(), at)[0];
            state = static_cast<token>(
                detail::drawn_noise(walk_.process(), u, knots_[0], model_.classes));
        });
    }

    /// x, which holds clean data, with the noise of the first knot, a draw of q(x_t | x_0), but for
    /// known positions; and the walk from its beginning. Throws fokker::error on a mask in x.
    void start_from_data() {
        seek(0);
        require_states();
        for (std::size_t i = 0; i < walk_.shape().size(); ++i)
            require_clean(i, "holds the mask; edit takes clean data, and denoise takes masks");
        each_unknown([&](token& state, const noise_position& at) {
            state = static_cast<token>(detail::noised(walk_.process(), static_cast<int>(state),
                                                      noise::uniforms_at(walk_.source(), at),
                                                      knot(), model_.classes));
        });
    }

    bool done() const { return stopped_ || index() == steps(); }

    /// One step, then the observers. If the network throws, x is as it was before the step.
    void step() {
        fokker::detail::require(!done(),
                                "step() was called on a run that is done; ask done() first");
        if (!is_checked_) require_states();
        auto* const states = fokker::detail::data_of(x_);
        std::copy_n(states, before_.size(), before_.data());
        walk_.begin_step();
        try {
            sampler_.step(walk_);
        } catch (...) {
            walk_.undo_step();
            std::copy_n(before_.data(), before_.size(), states);
            throw;
        }
        walk_.move_on();
        std::apply([&](auto&... each) { (look(each), ...); }, observers_);
    }

    /// Goes on from knot `index`, where x then is.
    void seek(int index) {
        fokker::detail::require(index >= 0 && index < steps(), "seek(", index, "): the grid has ",
                                steps(), " steps; go to 0 .. ", steps() - 1);
        walk_.seek(index);
        stopped_ = false;
        is_checked_ = false;
    }

    /// From now on only positions first .. first + count - 1 of each sample change, those that are
    /// known excepted; the others stay as they are, masks or not. See sample_in_blocks.
    void within(std::size_t first, std::size_t count) {
        const std::size_t elements = walk_.shape().elements;
        fokker::detail::require(first < elements && count > 0 && count <= elements - first,
                                "positions ", first, " to ", first + count - 1,
                                " are no part of a sample of ", elements);
        walk_.within(first, first + count);
    }

    /// Where the run is, as a value: the state, and what the rest of the walk depends on, but for
    /// the model, the process, the options and the seed. See `resume`.
    fokker::checkpoint checkpoint() {
        std::vector<std::byte> bytes;
        core::memory_writer to(bytes);
        visit_all(to);
        return {owner(), index(), std::move(bytes)};
    }

    /// Goes on from a checkpoint, in this process or another one: x is filled, and the steps to
    /// come have the bits of the uninterrupted run. Throws fokker::error, naming what differs, on
    /// the checkpoint of another sampler, process, grid, shape or element type. The model, all
    /// options and the noise must be the same, too; that is not checked.
    void resume(const fokker::checkpoint& from) {
        from.require_from(owner());
        core::memory_reader reader(from.bytes());
        visit_all(reader);
        fokker::detail::require(reader.is_at_end(),
                                "the checkpoint holds more than this run keeps: its network was "
                                "another one");
        stopped_ = false;
        is_checked_ = false;
    }

    int index() const { return walk_.index(); }
    int steps() const { return knots_.steps(); }
    const fokker::knot& knot() const { return knots_[static_cast<std::size_t>(index())]; }
    const fokker::grid& grid() const { return knots_; }
    std::int64_t evaluations() const { return walk_.evaluations(); }
    std::int64_t network_calls() const { return evaluations(); }
    const plain& state() const { return x_; }
    bool stopped() const { return stopped_; }
    fokker::progress progress() const { return {index(), steps(), evaluations(), knot()}; }

private:
    using token = fokker::detail::scalar_of<X>;

    /// Everything bad that can be known before the network is called.
    const Process& checked(const Process& process) const {
        using fokker::detail::require;
        detail::require_walkable(x_, model_, process, knots_);
        const sampler_needs needs = detail::needs_now(sampler_);
        require(!detail::lacks_masks<Process>(needs),
                "this sampler opens and closes masks, and the process has other noise; take "
                "fokker::discrete::absorbing, or another sampler such as "
                "fokker::discrete::ancestral{}");
        require(!detail::lacks_open_noise<Process>(needs),
                "this sampler draws open positions anew from what the others say of them, which "
                "networks of masks do not know; take fokker::discrete::remasking{} for masks");
        require(!detail::lacks_one_noise<Process>(needs),
                "this sampler is for processes whose noise has one law at all knots, absorbing "
                "and uniform; take fokker::discrete::ancestral{}");
        detail::check_sampler(sampler_, knots_, process);
        require(!needs.by_ratios || (model_.draws.temperature == 1 && model_.draws.top_k == 0 &&
                                     model_.draws.top_p == 1),
                "this sampler steps by ratios, in which drawn_by has no part; take another "
                "sampler, such as fokker::discrete::ancestral{}");
        require(!needs.without_time || model_.takes_no_time,
                "this sampler is for networks that say the same at every knot: if yours does, tell "
                "the model, as in predicts_classes(network, classes).timeless(), and otherwise "
                "take another sampler, such as fokker::discrete::ancestral{}");
        return process;
    }

    /// f with each position that is not known, and where its first random numbers are.
    template <class F>
    void each_unknown(const F& f) {
        auto* const states = fokker::detail::data_of(x_);
        const array_shape shape = walk_.shape();
        for (std::size_t n = 0, i = 0; n < shape.samples; ++n)
            for (std::size_t p = 0; p < shape.elements; ++p, ++i)
                if (!walk_.is_known(i)) f(states[i], noise_position{n, 0, p});
    }

    template <class Archive>
    void visit_all(Archive& archive) {
        walk_.visit(archive);
        auto* const states = fokker::detail::data_of(x_);
        for (std::size_t i = 0; i < walk_.shape().size(); ++i) archive(states[i]);
        core::visit_memory(model_.network, archive);
    }
    fokker::checkpoint::owner owner() const {
        return {detail::type_name_of(sampler_) + " of " + fokker::detail::type_name<Process>(),
                fokker::detail::type_name<token>(),
                walk_.shape(),
                steps(),
                fokker::detail::fingerprint_of(knots_),
                fokker::detail::path_fingerprint_of(knots_)};
    }

    void require_clean(std::size_t i, const char* otherwise) const {
        fokker::detail::require(
            !std::cmp_equal(fokker::detail::data_of(x_)[i], walk_.process().excluded()), "element ",
            i, " of the state ", otherwise);
    }

    void require_known() const {
        for (std::size_t i = 0; i < walk_.shape().size(); ++i)
            if (walk_.is_known(i))
                require_clean(i, "is known, and holds the mask; give with_known a 0 there");
    }

    /// Throws fokker::error on a state that no position can have.
    void require_states() {
        const auto* const states = fokker::detail::data_of(x_);
        const int count = walk_.process().states(model_.classes);
        for (std::size_t i = 0; i < walk_.shape().size(); ++i)
            fokker::detail::require(
                std::cmp_greater_equal(states[i], 0) && std::cmp_less(states[i], count), "element ",
                i, " of the state is ", static_cast<std::int64_t>(states[i]),
                ", and a position has a value from 0 to ", count - 1);
        require_known();
        is_checked_ = true;
    }

    template <class O>
    void look(O& observer) {
        if constexpr (observer_of<O, run>)
            if (fokker::detail::observe(observer, *this) == control::stop) stopped_ = true;
    }

    X x_;
    Model model_;
    Sampler sampler_;
    fokker::grid knots_;
    walk<plain, std::remove_reference_t<Model>, Process> walk_;
    std::vector<token> before_;
    std::tuple<Observers...> observers_;
    bool stopped_ = false;
    bool is_checked_ = false;  // whether x has values that a position can have
};

template <class X, class Model, class Process, class Sampler, class... Observers>
run(X&&, Model&&, Process, grid, Sampler, philox, Observers&&...)
    -> run<X, Model, Process, Sampler, Observers...>;

/// Fills x with samples: noise alone, walked to the data.
///   x          any array of whole numbers; samples as its columns, or rows if row-major
///   m          predicts_classes(network, classes) or its sister
///   process    what noise is: absorbing{.mask = ..}, uniform{}
///   knots      a walk on a path with alpha + sigma = 1, such as flow(65)
///   sampler    such as ancestral{}
///   noise      philox{.seed = 7}; a sample's bits do not depend on its batch
///   observers  callables that look on after each step
template <token_array X, class Model, class Process, class Sampler, class... Observers>
report sample(X&& x, Model&& m, Process process, grid knots, Sampler sampler, philox noise,
              Observers&&... observers) {
    run r(std::forward<X>(x), std::forward<Model>(m), std::move(process), std::move(knots),
          std::move(sampler), noise, std::forward<Observers>(observers)...);
    r.start_from_prior();
    return fokker::detail::walk_to_end(r);
}

/// Gives the clean classes in x the noise of the grid's first knot and walks them back: SDEdit
/// (Meng et al. 2022) for classes. The noisier that knot, the freer the change; the grid is a part
/// of a walk, such as flow(65).from_strength(0.6).
template <token_array X, class Model, class Process, class Sampler, class... Observers>
report edit(X&& x, Model&& m, Process process, grid knots, Sampler sampler, philox noise,
            Observers&&... observers) {
    run r(std::forward<X>(x), std::forward<Model>(m), std::move(process), std::move(knots),
          std::move(sampler), noise, std::forward<Observers>(observers)...);
    r.start_from_data();
    return fokker::detail::walk_to_end(r);
}

/// Walks on from the x that it is given, at the grid's first knot: such as text with masks where
/// something is to be filled in.
template <token_array X, class Model, class Process, class Sampler, class... Observers>
report denoise(X&& x, Model&& m, Process process, grid knots, Sampler sampler, philox noise,
               Observers&&... observers) {
    run r(std::forward<X>(x), std::forward<Model>(m), std::move(process), std::move(knots),
          std::move(sampler), noise, std::forward<Observers>(observers)...);
    return fokker::detail::walk_to_end(r);
}

}  // namespace fokker::discrete
