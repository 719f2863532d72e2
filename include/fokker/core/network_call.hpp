/// A call of the network, as the walk sees it: which arrays it reads and writes, and how its output
/// is read. The network itself stands behind a plain function.
#pragma once

#include <fokker/core/handle.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::core {

using detail::mix;

/// Which slots a call has, and how they are read. The walk fills in the slots, the network the
/// rest.
struct network_call {
    slot input{};
    slot output{};   // the prediction that the solver reads
    slot raw{};      // what the network says: another array than `output` if there are bounds
    slot further{};  // the first of its outputs beside that, if it has such; the others follow
    const knot* to = nullptr;  // where the step goes from here, if the solver says it
    bool wants_noise = false;  // whether the solver asked for the noise prediction
    bool is_bounded = false;   // whether `output` stands for bounded data, or will
    mix data{}, noise{};       // both predictions as sums of `input` and `raw`
    mix noise_of_data{};       // the noise prediction as a sum of `input` and the data prediction
    mix further_data{};  // the data prediction as a sum of `input` and a further output that is one
};

/// Where the data prediction is bounded: nowhere; in the sweep that reads it first, which fixed
/// bounds can; or by the network's own passes, which leave the bounded prediction in `output`.
enum class bounding { none, in_sweep, in_call };

/// The network of a walk, and what is known of its model.
struct network_reference {
    void* network = nullptr;
    void (*call)(void* network, network_call& call, const knot& at, int step) = nullptr;
    /// Tells a network that keeps memory that a new walk begins.
    void (*begin_walk)(void* network) = nullptr;
    /// Makes the array of a slot that is not always needed.
    void (*make)(void* network, slot place) = nullptr;
    /// Says how the output of a call at a knot would be read, and calls nothing.
    void (*read)(void* network, network_call& call, const knot& at) = nullptr;
    /// Whether a step that goes by both predictions takes the noise as the network made it.
    bool keeps_noise = false;
};

}  // namespace fokker::core
