/// The typed side of a run: the user's arrays, and the network that is called on them. The walk
/// knows the arrays by their slots and the network by a plain function.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/core/caller.hpp>
#include <fokker/core/handle.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/core/network_call.hpp>
#include <fokker/core/space.hpp>
#include <fokker/core/walk.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/kernel/region.hpp>
#include <fokker/model/classifier.hpp>
#include <fokker/model/correction.hpp>
#include <fokker/model/known_region.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::core {

/// So many of them: in place where arrays live without the heap.
template <class T, std::size_t Fixed>
struct few {
    using type = std::array<T, Fixed>;
};
template <class T>
struct few<T, 0> {
    using type = std::vector<T>;
};

/// What the types of a run say of its model, for a solver that reads the second output or not.
template <class X, class Model, bool ReadsSecond>
struct model_facts {
    using state_type = std::remove_cvref_t<X>;
    using network = detail::network_of<Model>;
    using model = std::remove_cvref_t<Model>;

    /// Fixed bounds are left to the next sweep, unless a pass is made at the call anyhow.
    static constexpr bounding bounds =
        model::thresholds || model::has_known_region || model::has_correction ? bounding::in_call
        : model::clips                                                        ? bounding::in_sweep
                                                                              : bounding::none;
    /// Whether the network is called for two outputs: where the solver reads the second, or where
    /// it cannot be called for one.
    static constexpr bool two_outputs = [] {
        if constexpr (!ReadsSecond && detail::network_for<network, state_type, owner_of<X>>)
            return false;
        else
            return detail::two_output_network_for<network, state_type, owner_of<X>>;
    }();

    static constexpr int further = two_outputs ? 1 : 0;

    /// What the second output is, by what the model `said` of it.
    static constexpr second_output second_kind(second_output said) {
        return detail::second_output_of<network, state_type, owner_of<X>, ReadsSecond>(said);
    }
};

/// X and Model may be references. `Fixed` is the number of slots where arrays live without the
/// heap, otherwise 0, so that solvers share one shell.
template <class X, class Model, bool ReadsSecond, std::size_t Fixed>
class shell {
    using facts = model_facts<X, Model, ReadsSecond>;
    using state_type = std::remove_cvref_t<X>;
    using buffer = owner_of<X>;
    using scalar = scalar_of<X>;
    using space = space_of<X>;
    using plain_model = std::remove_cvref_t<Model>;

    static constexpr bool thresholds = plain_model::thresholds;
    static constexpr bool knows = plain_model::has_known_region;
    static constexpr bool corrects = plain_model::has_correction;
    /// Whether a correction calls the network itself.
    static constexpr bool calls_again = [] {
        if constexpr (corrects)
            return !detail::plain_correction_for<detail::correction_of<Model>, state_type, buffer>;
        return false;
    }();
    static constexpr bool known_mask = [] {
        if constexpr (knows) return decltype(plain_model::known)::has_mask;
        return false;
    }();

    template <class Array>
    static constexpr bool same_scalar = std::is_same_v<scalar_of<Array>, scalar>;

public:
    shell(X state, Model predictor)
        : x_(std::forward<X>(state)), model_(std::forward<Model>(predictor)) {
        const array_shape shape = detail::shape_of(x_);
        detail::require(shape.size() > 0,
                        "the state is empty; give it the size of the batch first (it is filled, "
                        "not resized)");
        detail::check_state(model_.network, x_);
        if constexpr (plain_model::scales_input) make(scaled_);
        if constexpr (plain_model::has_classifier) make(gradient_);
        if constexpr (calls_again && facts::two_outputs) make(further_again_);
        if constexpr (corrects) detail::check_correction(model_.correction.function, shape);
        if constexpr (knows) {
            const auto& known = model_.known;
            detail::require_region_fits(detail::shape_of(known.values), shape, known.name());
            if constexpr (known_mask)
                detail::require_region_fits(detail::shape_of(known.mask), shape, "mask");
            require_region_apart();
            if constexpr (!same_scalar<decltype(known.values)>)
                given_.resize(detail::shape_of(known.values).size());
            if constexpr (known_mask)
                if constexpr (!same_scalar<decltype(known.mask)>)
                    mask_.resize(detail::shape_of(known.mask).size());
        }
        if constexpr (thresholds && array_traits<state_type>::is_fixed)
            make(magnitudes_);
        else if constexpr (thresholds)
            magnitudes_.resize(shape.elements);
    }

    /// Makes the arrays of a plan, but for the preview, which few solvers need.
    void make_arrays(const slot_plan& plan) {
        const auto count = static_cast<std::size_t>(plan.count);
        if constexpr (Fixed == 0) {
            addresses_ = std::vector<void*>(count);
            arrays_ = std::vector<buffer>(count - 1);
        }
        made_ = static_cast<std::size_t>(plan.preview) - 1;
        for (std::size_t i = 0; i < made_; ++i) make(arrays_[i]);
    }

    /// A network that throws may have left an array of another size, and elsewhere.
    void mend_arrays() {
        for (std::size_t i = 0; i < made_; ++i)
            if (!array_traits<state_type>::same_shape(x_, arrays_[i])) make(arrays_[i]);
    }

    const state_type& state() const { return x_; }
    array_shape shape() const { return detail::shape_of(x_); }
    bool has_shape(const array_shape& shape) const { return detail::has_shape(x_, shape); }
    const plain_model& model() const { return model_; }
    /// The array of a slot other than the state.
    const buffer& array_at(slot s) const { return arrays_[place_of(s) - 1]; }

    /// Whether clipping leaves the noise prediction as the network made it.
    bool clipping_keeps_noise() const {
        return model_.noise_of_clipped() == clipped_noise::as_predicted;
    }
    const detail::fixed_bounds* fixed() const {
        if constexpr (plain_model::clips)
            return &model_.bounds;
        else
            return nullptr;
    }

    /// Where all arrays are now: after a move of the run they may be elsewhere.
    void** addresses() {
        refresh_state();
        for (std::size_t i = 0; i < made_; ++i) addresses_[i + 1] = detail::data_of(arrays_[i]);
        return addresses_.data();
    }
    /// Where the network reads a state and writes what it says, by the places of a call's arrays.
    const void* input_at(std::size_t place) {
        if constexpr (plain_model::scales_input)
            return detail::data_of(scaled_);
        else
            return array_address(place);
    }
    void* output_at(std::size_t output, std::size_t raw, bool wants_noise) {
        return array_address(is_bounded(wants_noise) ? raw : output);
    }
    void* further_at(std::size_t place) {
        return facts::two_outputs ? array_address(place) : nullptr;
    }
    /// The user may have given the state another array.
    void refresh_state() {
        if (addresses_[0] == detail::data_of(x_)) return;
        addresses_[0] = detail::data_of(x_);
        if constexpr (knows) require_region_apart();
    }

    /// Whether the network or the classifier keeps something from call to call; or the correction.
    static constexpr bool network_keeps_memory = [] {
        if constexpr (core::keeps_memory<detail::network_of<Model>>) return true;
        if constexpr (plain_model::has_classifier)
            return core::keeps_memory<std::remove_reference_t<decltype((
                std::declval<std::remove_reference_t<Model>&>().classifier.gradient))>>;
        return false;
    }();
    /// Whether a correction's calls must not show in what the network keeps.
    static constexpr bool restores_network = calls_again && network_keeps_memory;
    static constexpr bool keeps_memory = network_keeps_memory || [] {
        if constexpr (corrects) return core::keeps_memory<detail::correction_of<Model>>;
        return false;
    }();
    template <class Archive>
    void visit_memory(Archive& archive) {
        visit_network_memory(archive);
        if constexpr (corrects) core::visit_memory(model_.correction.function, archive);
    }

    /// What the network keeps is about to be what it was before: of this walk, or of another run.
    void take_back() { caller_.take_back(); }
    void resume() { caller_.resume(); }

    /// Calls of the user's own callables so far.
    std::int64_t network_calls() const { return caller_.network_calls; }
    template <class Archive>
    void visit_calls(Archive& archive) {
        archive(caller_.network_calls);
    }

    /// A slot becomes a copy of an array of the same element type and space.
    template <class Array>
    void copy_into(slot s, const Array& from) {
        core::sweep<space>(data_at(s), kernel::term<scalar>(1.0, detail::const_data_of(from)),
                           shape());
    }

    /// The elements of a slot.
    template <class Archive>
    void visit_elements(slot s, Archive& archive) {
        const std::size_t size = shape().size(), bytes = size * sizeof(scalar);
        if constexpr (Archive::reads) {
            const std::span<const std::byte> from = archive.array();
            detail::require(from.size() == bytes, "the checkpoint has an array of ", from.size(),
                            " bytes where the run has ", bytes);
            space::copy_in(data_at(s), from.data(), size);
        } else {
            space::copy_out(data_at(s), archive.room(bytes), size);
        }
    }

    network_reference reference() {
        return {this,
                [](void* s, network_call& c, const knot& k, int step) {
                    static_cast<shell*>(s)->call(c, k, step);
                },
                [](void* s) { static_cast<shell*>(s)->begin_walk(); },
                [](void* s, slot place) { static_cast<shell*>(s)->make_array(place); },
                [](void* s, network_call& c, const knot& k) {
                    static_cast<const shell*>(s)->read(c, k);
                },
                model_.keeps_noise()};
    }

private:
    void make(buffer& b) { b = array_traits<state_type>::like(x_); }
    /// The preview, which is the last slot of all.
    void make_array(slot s) {
        made_ = place_of(s);
        make(array_at(s));
        addresses_[place_of(s)] = detail::data_of(array_at(s));
    }

    buffer& array_at(slot s) { return arrays_[place_of(s) - 1]; }
    void* array_address(std::size_t place) {
        return place == 0 ? detail::data_of(x_) : detail::data_of(arrays_[place - 1]);
    }
    /// The array whose address the table has for a slot: a memory's may be that of the next slot,
    /// as its two arrays change places in the table.
    const buffer& array_to_read(slot s) const {
        const std::size_t place = place_of(s);
        const buffer& own = arrays_[place - 1];
        return detail::data_of(own) == addresses_[place] ? own : arrays_[place];
    }
    scalar* data_at(slot s) { return static_cast<scalar*>(addresses_[place_of(s)]); }

    void begin_walk() {
        caller_.begin();
        detail::begin_walk(model_.network);
        if constexpr (plain_model::has_classifier) detail::begin_walk(model_.classifier.gradient);
        if constexpr (corrects) detail::begin_walk(model_.correction.function);
    }

    static double label_of_target(const void* prediction, const knot& goal) {
        return static_cast<const decltype(plain_model::prediction)*>(prediction)->at(goal).label;
    }

    /// Calls the network at c.input, a state at the knot k, and does what the model says.
    void call(network_call& c, const knot& k, int step) {
        open_call opened(caller_);
        const call_target target{c.to, &model_.prediction, &label_of_target};
        if (c.to) opened.goes_to(target);
        const knot at = opened.handed(k, k.t);
        // The state itself where the user's type is another one than that of the run's own arrays.
        if constexpr (std::is_same_v<state_type, buffer>)
            call_at(c.input == slot{} ? std::as_const(x_) : array_to_read(c.input), c, at, step);
        else if (c.input == slot{})
            call_at(std::as_const(x_), c, at, step);
        else
            call_at(array_to_read(c.input), c, at, step);
    }

    /// What call() says of how the output is read, for a model without bounds.
    void read(network_call& c, const knot& k) const {
        c.is_bounded = false;
        c.raw = c.output;
        take_reading(c, model_.at(k));
    }
    FOKKER_ALWAYS_INLINE void take_reading(network_call& c, const detail::reading& r) const {
        c.data.state = r.data.state;
        c.data.output = r.data.output;
        c.noise.state = r.noise.state;
        c.noise.output = r.noise.output;
        if constexpr (facts::two_outputs)
            if (second_predicts()) {
                c.further_data.state = r.data.state;
                c.further_data.output = r.data.output;
            }
    }

    /// A noise prediction that clipping leaves as it is needs no other array for the data.
    bool is_bounded(bool wants_noise) const {
        return facts::bounds != bounding::none && !(wants_noise && clipping_keeps_noise());
    }

    template <class Input>
    void call_at(const Input& input, network_call& c, const knot& k, int step) {
        const detail::reading r = model_.at(k);
        c.is_bounded = is_bounded(c.wants_noise);
        if (!c.is_bounded) c.raw = c.output;
        buffer& raw = array_at(c.raw);
        if constexpr (restores_network) write_network_memory(before_);
        if constexpr (facts::two_outputs) {
            call_scaled(input, raw, array_at(c.further), k, r, step);
            adopt(c.further, detail::the_second_output, k, step);
        } else {
            call_scaled(input, raw, raw, k, r, step);
        }
        adopt(c.raw, detail::the_output, k, step);
        if constexpr (plain_model::has_classifier) guide_by_classifier(input, raw, k, r, step);
        take_reading(c, r);
        if constexpr (facts::bounds != bounding::none)
            c.noise_of_data = {1.0 / k.sigma, -k.alpha / k.sigma};
        if constexpr (thresholds)
            space::threshold({detail::data_of(input), detail::data_of(raw), data_at(c.output),
                              r.data.state, r.data.output, model_.bounds.quantile,
                              model_.bounds.max, detail::shape_of(input),
                              detail::data_of(magnitudes_)});
        if constexpr (corrects) correct(input, c, r, k, step);
        if constexpr (knows) impose_known(detail::data_of(input), c, r.data, k);
    }

    /// out = the network's output at a state, and `second` its second one, if it has one.
    void call_scaled(const auto& input, buffer& out, buffer& second, const knot& k,
                     const detail::reading& r, int step) {
        if constexpr (plain_model::scales_input) {
            core::sweep<space>(detail::data_of(scaled_),
                               kernel::term<scalar>(r.input_scale, detail::data_of(input)),
                               detail::shape_of(input));
            call_network(std::as_const(scaled_), out, second, k, r.label, step);
        } else {
            call_network(input, out, second, k, r.label, step);
        }
    }
    void call_network(const auto& input, buffer& out, buffer& second, const knot& k, double label,
                      int step) {
        if constexpr (facts::two_outputs)
            detail::call_network_twice(model_.network, input, k, label, out, second, step);
        else
            detail::call_network(model_.network, input, k, label, out, step);
    }
    void guide_by_classifier(const auto& input, buffer& out, const knot& k,
                             const detail::reading& r, int step) {
        detail::call_network(model_.classifier.gradient, input, k, k.t, gradient_, step,
                             the_gradient);
        detail::require_apart(gradient_, out, the_gradient, "the network's output", k, step);
        detail::add_gradient(out, gradient_, model_.classifier.scale, k, r);
    }

    static constexpr const char* the_gradient = "the classifier's gradient";

    /// The network may have given an output another array. Throws network_error if that is one
    /// which the run has already: what is written to it would change both.
    void adopt(slot s, const char* what, const knot& k, int step) {
        buffer& given = array_at(s);
        if (addresses_[place_of(s)] == detail::data_of(given)) return;
        bool is_shared = detail::share_elements(given, x_);
        for (std::size_t i = 0; i < made_; ++i)
            if (&arrays_[i] != &given && detail::share_elements(given, arrays_[i]))
                is_shared = true;
        if (is_shared) {
            make(given);  // the run can go on
            detail::refuse_shared(what, "another array of the run", fokker::knot(k), step);
        }
        addresses_[place_of(s)] = detail::data_of(given);
    }

    void require_region_apart() const {
        detail::require_region_apart(model_.known.values, x_, model_.known.name());
        if constexpr (known_mask) detail::require_region_apart(model_.known.mask, x_, "mask");
    }

    /// What a correction's own calls of the network need to know.
    struct again {
        shell* self;
        const detail::reading* how;
        const knot* at;
        int step;
        bool was_called = false;
    };

    /// The data prediction, bounded, becomes what the user's correction makes of it.
    template <class Input>
    void correct(const Input& input, const network_call& c, const detail::reading& r, const knot& k,
                 int step) {
        if constexpr (!thresholds) {
            kernel::region_pass p = data_pass(detail::data_of(input), c, r.data);
            p.given = {p.state, p.shape.elements};  // of which nothing is taken
            p.strength = 0.0;
            space::impose(p);
        }
        buffer& data = array_at(c.output);
        again calls{this, &r, &k, step};
        const data_predictor<buffer> network(&calls, [](void* of, const buffer& x, buffer& out) {
            if constexpr (calls_again) {
                again& call = *static_cast<again*>(of);
                call.self->predict_again(x, out, call);
            }
        });
        detail::call_correction(model_.correction.function, input, k, data, network);
        if constexpr (restores_network)
            if (calls.was_called) read_network_memory(after_);
        detail::require_output(input, data, data, the_correction, k, step);
        detail::require_apart(data, input, the_correction, "the state", k, step);
        adopt(c.output, the_correction, k, step);
    }

    /// out = the data prediction at another state, before bounds; the network is left as it is.
    void predict_again(const buffer& x, buffer& out, again& call) {
        detail::require(detail::has_shape(x, shape()), "a correction calls the network with ",
                        detail::shape_of(x).samples, " samples of ", detail::shape_of(x).elements,
                        " elements, and the state has ", shape().samples, " of ", shape().elements);
        if constexpr (restores_network) {
            if (!call.was_called) write_network_memory(after_);
            read_network_memory(before_);
        }
        call.was_called = true;
        const detail::reading& r = *call.how;
        if constexpr (facts::two_outputs)
            call_scaled(x, out, further_again_, *call.at, r, call.step);
        else
            call_scaled(x, out, out, *call.at, r, call.step);
        detail::require_apart(out, x, detail::the_output, detail::the_input, *call.at, call.step);
        if constexpr (plain_model::has_classifier)
            guide_by_classifier(x, out, *call.at, r, call.step);
        scalar* const to = detail::data_of(out);
        core::sweep<space>(to,
                           kernel::term<scalar>(r.data.state, detail::data_of(x)) +
                               kernel::term<scalar>(r.data.output, std::as_const(to)),
                           shape());
    }

    template <class Archive>
    void visit_network_memory(Archive& archive) {
        core::visit_memory(model_.network, archive);
        if constexpr (plain_model::has_classifier)
            core::visit_memory(model_.classifier.gradient, archive);
    }
    void write_network_memory(std::vector<std::byte>& bytes) {
        bytes.clear();
        core::memory_writer to(bytes);
        visit_network_memory(to);
    }
    void read_network_memory(const std::vector<std::byte>& bytes) {
        core::memory_reader from(bytes);
        visit_network_memory(from);
    }

    static constexpr const char* the_correction = "the corrected data prediction";

    /// Whether the second output is a prediction, too.
    bool second_predicts() const {
        return facts::two_outputs && detail::is_prediction(facts::second_kind(model_.second));
    }

    /// A pass that makes the data prediction, with the fixed bounds, of what a call has left.
    kernel::region_pass data_pass(const scalar* input, const network_call& c, const mix& data) {
        kernel::region_pass p{.state = input,
                              .raw = data_at(c.raw),
                              .out = data_at(c.output),
                              .of_state = data.state,
                              .of_raw = data.output,
                              .is_bounded = false,
                              .low = 0.0,
                              .high = 0.0,
                              .given = {nullptr, 0},
                              .mask = {nullptr, 0},
                              .shape = shape()};
        if constexpr (plain_model::clips) {
            p.is_bounded = true;
            p.low = model_.bounds.low;
            p.high = model_.bounds.high;
        }
        return p;
    }

    /// After the thresholds or the correction, which leave the data prediction itself; otherwise
    /// with the fixed bounds.
    void impose_known(const scalar* input, network_call& c, const mix& data, const knot& k) {
        const double strength = model_.known.options.strength_at(k);
        kernel::region_pass p = data_pass(input, c, data);
        if constexpr (thresholds || corrects) {
            p.raw = p.out;
            p.of_state = 0.0;
            p.of_raw = 1.0;
            p.is_bounded = false;
        }
        p.given = region_of(model_.known.values, given_);
        p.strength = strength;
        if constexpr (known_mask) p.mask = region_of(model_.known.mask, mask_);
        // Known noise as known data: D = (x - sigma eps) / alpha.
        if (model_.known.is_noise && strength > 0.0) {
            p.given_of_state = 1.0 / k.alpha;
            p.given_of_given = -k.sigma / k.alpha;
        }
        space::impose(p);
        // What is known is so without the condition, too.
        if (!second_predicts()) return;
        c.further_data = {0.0, 1.0};
        p.raw = p.out = data_at(c.further);
        p.of_state = data.state;
        p.of_raw = data.output;
        p.is_bounded = false;
        space::impose(p);
    }

    /// An array of the region, in the element type of the state.
    template <class Array>
    kernel::region_array region_of(const Array& a, auto& converted) {
        const std::size_t stride = detail::shape_of(a) == shape() ? shape().elements : 0;
        if constexpr (same_scalar<Array>) {
            return {detail::data_of(a), stride};
        } else {
            for (std::size_t i = 0; i < converted.size(); ++i)
                converted[i] = static_cast<scalar>(
                    static_cast<kernel::arithmetic<scalar>>(detail::data_of(a)[i]));
            return {converted.data(), stride};
        }
    }

    struct nothing {};
    template <bool Wanted, class T>
    using only_if = std::conditional_t<Wanted, T, nothing>;

    X x_;
    Model model_;
    typename few<buffer, Fixed == 0 ? 0 : Fixed - 1>::type arrays_;  // of the slots from 1 on
    typename few<void*, Fixed>::type addresses_{};
    std::size_t made_ = 0;  // of arrays_
    caller caller_;
    FOKKER_NO_UNIQUE_ADDRESS only_if<plain_model::scales_input, buffer> scaled_;
    FOKKER_NO_UNIQUE_ADDRESS only_if<plain_model::has_classifier, buffer> gradient_;
    // The second output of the network's calls by a correction, and what the network keeps.
    FOKKER_NO_UNIQUE_ADDRESS only_if<(calls_again && facts::two_outputs), buffer> further_again_;
    FOKKER_NO_UNIQUE_ADDRESS only_if<restores_network, std::vector<std::byte>> before_, after_;
    // A known region in the element type of the state, where it has another one.
    FOKKER_NO_UNIQUE_ADDRESS only_if<knows, std::vector<scalar>> given_, mask_;
    FOKKER_NO_UNIQUE_ADDRESS
        only_if<thresholds, std::conditional_t<array_traits<state_type>::is_fixed, buffer,
                                               std::vector<scalar>>>
            magnitudes_;  // of one sample
};

}  // namespace fokker::core
