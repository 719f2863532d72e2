/// The variance of x_0 given x_t of a network that has no head for it, by random probes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/core/memory.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/level_draw.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/model/probe.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Options of `with_probes`.
struct probe_options {
    int probes = 1;      ///< two network calls each
    double step = 0.05;  ///< of the finite difference, in units of sigma
    /// Of the probes. `first_sample` is that of the batch, where it is a slice of a larger one.
    philox noise{};
};

namespace detail {

namespace types {

/// The result of `with_probes`. One object serves one thread at a time.
template <class Network, parametrisation Prediction>
class probed_network {
    using network = std::remove_reference_t<Network>;

public:
    probed_network(Network inner, Prediction prediction, const probe_options& options)
        : inner_(std::forward<Network>(inner)), prediction_(prediction), options_(options) {}

    /// out = f(x), second = the mean over the probes v of 1 - sigma v dE/dx v.
    template <array_like X, array_like Out>
        requires network_for<network, X, Out> && network_for<network, owner_of<X>, Out>
    void operator()(const X& x, const knot& k, Out& out, Out& second) {
        using T = scalar_of<Out>;
        static_assert(std::is_floating_point_v<T>,
                      "fokker: with_probes takes differences of the network's outputs, for which "
                      "16 bits are too few; use float or double");
        const reading r = prediction_.at(k);
        const auto evaluate = [&](const auto& at, auto& to) {
            detail::call_network(inner_, at, k, k.t, to);
        };
        // A network that keeps something from call to call, as momentum does, is the function that
        // it was at x in the calls of the probes, too; and afterwards they have left no trace.
        if constexpr (core::keeps_memory<network>) write_memory(before_);
        evaluate(x, out);
        if constexpr (core::keeps_memory<network>) write_memory(after_);
        owner_of<X>&v = probe_.like(x), &moved = moved_.like(x);
        owner_of<X>&ahead = ahead_.like(x), &behind = behind_.like(x);
        // The input is input_scale times the state. v (f(x + h v) - f(x - h v)) / 2 h is the
        // Jacobian's diagonal, and beside it what v, of random signs, averages out.
        const double h = options_.step * k.sigma * r.input_scale;
        const double slope = r.noise.output * r.input_scale / (2 * h * options_.probes);
        const array_shape shape = detail::shape_of(x);
        T* const result = detail::data_of(second);
        using space = core::space_of<Out>;
        core::sweep<space>(result, kernel::term<T>(0.0, result), shape);
        for (int probe = 0; probe < options_.probes; ++probe) {
            draw(v, k, probe);
            const auto at = [&](double distance, auto& to) {
                core::sweep<space>(detail::data_of(moved),
                                   kernel::term<T>(1.0, detail::data_of(x)) +
                                       kernel::term<T>(distance, detail::const_data_of(v)),
                                   shape);
                if constexpr (core::keeps_memory<network>) read_memory(before_);
                evaluate(std::as_const(moved), to);
            };
            at(h, ahead);
            at(-h, behind);
            detail::require_apart(ahead, behind, the_output, "that of another call", k, -1);
            detail::require_apart(ahead, out, the_output, "that of another call", k, -1);
            space::add_product(result, detail::data_of(v), detail::data_of(ahead),
                               detail::data_of(behind), shape.size());
        }
        if constexpr (core::keeps_memory<network>) read_memory(after_);
        space::rescale(result, 1.0 - k.sigma * r.noise.state, -k.sigma * slope, shape.size());
    }

    template <class X, class Out>
    static constexpr second_output second_kind() {
        return second_output::residual_squared;
    }

    void check_state(const array_like auto& x) const { detail::check_state(inner_, x); }
    void begin_walk() { detail::begin_walk(inner_); }
    template <class Archive>
    void memory(Archive& archive)
        requires core::keeps_memory<network>
    {
        core::visit_memory(inner_, archive);
    }

private:
    void write_memory(std::vector<std::byte>& bytes) {
        bytes.clear();
        core::memory_writer to(bytes);
        core::visit_memory(inner_, to);
    }
    void read_memory(const std::vector<std::byte>& bytes) {
        core::memory_reader from(bytes);
        core::visit_memory(inner_, from);
    }

    /// Signs of normals: a function of the noise level, the probe and the element alone, so that
    /// neither the batch nor an interruption matters.
    template <class Array>
    void draw(Array& v, const knot& k, int probe) {
        detail::draw_probe(v, options_.noise,
                           detail::level_draw(k) + static_cast<std::uint32_t>(probe));
    }

    Network inner_;
    Prediction prediction_;
    probe_options options_;
    kept_array probe_, moved_, ahead_, behind_;
    std::vector<std::byte> before_, after_;  // what the network keeps
};

}  // namespace types
using types::probed_network;

}  // namespace detail

/// The same model with a second output, residual_squared: the diagonal of Cov(x_0 | x_t), which is
/// sigma^2 / alpha dD/dx for an exact network (Efron 2011; compare Ou et al. 2024, optimal
/// covariance matching), in units of sigma^2 / alpha^2, by random signs v: the mean of
/// v (D(x + h v) - D(x - h v)) / (2 h), exact where elements do not depend on each other. Costs two
/// network calls a probe beside the one; takes four arrays at the first call. For float and double.
/// Wrap it before bounds and guidance by a classifier; they do not enter. What the network keeps
/// from call to call, such as momentum, is in the probes' calls what it was in the one call, and is
/// not changed by them; a callable around such a network must have its memory(archive). Throws
/// fokker::error unless probes >= 1 and step > 0, and on a model that has a second output.
template <class Network, detail::parametrisation Prediction>
auto with_probes(model<Network, Prediction> inner, const probe_options& options = {}) {
    detail::require(options.probes >= 1, "probes is ", options.probes, "; give at least one");
    detail::require(detail::is_finite(options.step) && options.step > 0, "step is ", options.step,
                    "; it must be positive: a part of sigma, such as 0.05");
    detail::require(inner.second == second_output::unspecified,
                    "with_probes makes a second output, and the model says that its network's "
                    "second output is ",
                    detail::name_of(inner.second), "; leave out one of them");
    using network = detail::probed_network<Network, Prediction>;
    return model<network, Prediction>{
        network(std::forward<Network>(inner.network), inner.prediction, options), inner.prediction,
        second_output::residual_squared};
}

}  // namespace fokker
