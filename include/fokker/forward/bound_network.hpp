/// The network of the variational bound: how it is called, and what it wrote.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

#include <fokker/core/caller.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Calls it for two outputs where the second is read, or where it cannot be called for one.
template <class Model, class Data>
class bound_network {
    using model_type = std::remove_cvref_t<Model>;
    using buffer = owner_of<Data>;
    using network = network_of<Model&>;
    static constexpr bool one_output = network_for<network, buffer, buffer>;
    /// One that can be called for one is asked for two only if it names the second.
    static constexpr bool two_outputs = [] {
        if constexpr (one_output && !names_second_output<network, buffer, buffer>)
            return false;
        else
            return two_output_network_for<network, buffer, buffer>;
    }();
    static_assert(one_output || two_outputs,
                  "fokker: the network must be callable as f(x, t, out) or out = f(x, t), with x "
                  "and out of the type of the data (of the type that owns it, if that is a view)");
    static_assert(!model_type::thresholds && !model_type::has_classifier &&
                      !model_type::has_known_region && !model_type::has_correction,
                  "fokker: the variational bound is that of a network, clipped at most; pass the "
                  "model without thresholding, classifier, correction and known region");

public:
    bound_network(Model& m, const Data& like, bool reads_second)
        : model_(m),
          calls_for_two_(reads_second || !one_output),
          output_(array_traits<Data>::like(like)) {
        if (calls_for_two_)
            for (buffer& second : second_) second = array_traits<Data>::like(like);
    }

    void begin() {
        caller_.begin();
        detail::begin_walk(model_.network);
    }

    void call(const buffer& x, const knot& k, double label, int step) {
        core::open_call opened(caller_);
        const knot at = opened.handed(k, k.t);
        if constexpr (two_outputs)
            if (calls_for_two_)
                return detail::call_network_twice(model_.network, x, at, label, output_, second_[0],
                                                  step);
        if constexpr (one_output) detail::call_network(model_.network, x, at, label, output_, step);
    }

    /// What the second output is.
    static second_output second_kind(const Model& m) {
        return second_output_of<network, buffer, buffer, false>(m.second);
    }

    const scalar_of<Data>* output() const { return detail::data_of(output_); }
    /// nullptr where there is none.
    const scalar_of<Data>* second() const {
        if constexpr (two_outputs) return detail::data_of(second_[0]);
        return nullptr;
    }

private:
    Model& model_;
    core::caller caller_;
    bool calls_for_two_;
    buffer output_;
    std::array<buffer, two_outputs ? 1 : 0> second_;
};

}  // namespace fokker::detail
