/// A network that returns the data prediction, made of one that predicts something else.
#pragma once

#include <type_traits>
#include <utility>

#include <fokker/core/caller.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

namespace types {

/// The result of `as_data_network`. One object serves one thread at a time.
template <class Network, parametrisation Prediction>
class data_network {
    using network = std::remove_reference_t<Network>;

public:
    explicit data_network(model<Network, Prediction> inner) : inner_(std::move(inner)) {}

    /// out = D(x, knot).
    template <array_like X, array_like Out>
        requires network_for<network, X, Out> && network_for<network, owner_of<X>, Out>
    void operator()(const X& x, const knot& k, Out& out) {
        using T = scalar_of<Out>;
        detail::require_readable(inner_.prediction, k);
        const reading r = inner_.at(k);
        const array_shape shape = detail::shape_of(x);
        core::open_call call(k);  // the labels inside are those of this model
        core::call_target target{nullptr, &inner_.prediction, &label_of};
        if (call.target()) {
            target.to = call.target()->to;
            call.goes_to(target);
        }
        const knot handed = call.handed(k, r.label);
        using space = core::space_of<Out>;
        if constexpr (Prediction::scales_input) {
            owner_of<X>& scaled = scaled_.like(x);
            core::sweep<space>(detail::data_of(scaled),
                               kernel::term<T>(r.input_scale, detail::data_of(x)), shape);
            detail::call_network(inner_.network, std::as_const(scaled), handed, r.label, out);
        } else {
            detail::call_network(inner_.network, x, handed, r.label, out);
        }
        call.done();
        const auto D = kernel::term<T>(r.data.state, detail::data_of(x)) +
                       kernel::term<T>(r.data.output, detail::const_data_of(out));
        core::sweep<space>(detail::data_of(out), D, shape);
    }

    /// Where the network is a flow map: see there.
    void check_map(const knot& from, const knot& goal) const
        requires is_flow_map<network>
    {
        inner_.network.check_map(labelled(from), labelled(goal));
    }

    void check_state(const array_like auto& x) const { detail::check_state(inner_.network, x); }
    void begin_walk() { detail::begin_walk(inner_.network); }
    template <class Archive>
    void memory(Archive& archive)
        requires core::keeps_memory<network>
    {
        core::visit_memory(inner_.network, archive);
    }

private:
    static double label_of(const void* prediction, const knot& k) {
        return static_cast<const Prediction*>(prediction)->at(k).label;
    }
    knot labelled(const knot& k) const { return {inner_.prediction.at(k).label, k.alpha, k.sigma}; }

    model<Network, Prediction> inner_;
    kept_array scaled_;
};

}  // namespace types
using types::data_network;

}  // namespace detail

/// The data prediction of a model as a network of its own, for guidance that is meant for data
/// predictions: predicts_data(guided(as_data_network(predicts_noise(conditional)),
/// as_data_network(predicts_noise(unconditional)), options)). Costs a pass a call. Throws
/// fokker::error if the model speaks of a second output, which would be lost.
template <class Network, detail::parametrisation Prediction>
auto as_data_network(model<Network, Prediction> inner) {
    detail::require(
        inner.second == second_output::unspecified,
        "as_data_network returns the data prediction alone, and the model says that its "
        "network's second output is ",
        detail::name_of(inner.second), "; leave that out");
    return detail::data_network<Network, Prediction>(std::move(inner));
}

}  // namespace fokker
