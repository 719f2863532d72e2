/// The network of the flow ODE with one more element in each sample, which collects the change of
/// the log-density.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/core/memory.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/likelihood/divergence.hpp>
#include <fokker/model/callable.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/probe.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/noise/draws.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

namespace types {

/// A state of the flow ODE and the collected change: a column for each sample. In double, whatever
/// the network computes in.
using flow_state = Eigen::ArrayXXd;

/// A callable that multiplies vectors with a Jacobian, as a network: of one vector.
template <class Product, class Vector>
class product_with {
public:
    product_with(Product& product, const Vector& v) : product_(product), v_(v) {
        static_assert(!loses_output<Product, Vector, const Vector&, double, const Vector&>,
                      "fokker: the product of divergence_by takes its output by value, so what it "
                      "writes would be lost; take it by reference");
        static_assert(!cuts_time<Product, const Vector&, const Vector&, Vector&> &&
                          !cuts_time<Product, const Vector&, const Vector&>,
                      "fokker: the product of divergence_by takes the time as an integer, and "
                      "times may lie between the integers; take a double");
    }

    template <class X, class Time, class Out>
        requires std::invocable<Product&, const X&, Time, const Vector&, Out&>
    auto operator()(const X& x, Time&& time, Out& out) const {
        return std::invoke(product_, x, std::forward<Time>(time), v_, out);
    }
    template <class X, class Time>
        requires std::invocable<Product&, const X&, Time, const Vector&>
    decltype(auto) operator()(const X& x, Time&& time) const {
        return std::invoke(product_, x, std::forward<Time>(time), v_);
    }

private:
    Product& product_;
    const Vector& v_;
};

/// Predicts the data of a flow state: D for the user's elements, and for the last one its own
/// y = x / alpha plus the sum over the elements of g - alpha^2 / (alpha^2 + sigma^2), where
/// g = Var(eps_i | x_t) = 1 - sigma dE_i/dx_i. So every solver of dy / dlambda = D - y makes of the
/// last one the integral of that sum over lambda, at its own order: the difference to data
/// N(0, I), for which the change of the log-density is known. The user's network is called on
/// arrays of the user's own type.
template <class Model, class X, divergence_source Source>
class flow_network {
    using model_type = std::remove_cvref_t<Model>;
    using buffer = owner_of<X>;
    using T = scalar_of<buffer>;
    using space = core::space_of<buffer>;
    using network = network_of<Model&>;
    static constexpr bool reads_head = std::same_as<Source, divergence_head>;
    static constexpr bool has_product = is_divergence_product<Source>;
    static constexpr bool one_output = network_for<network, buffer, buffer>;
    static constexpr bool calls_for_two = reads_head || !one_output;

public:
    flow_network(Model& m, const X& like, Source source)
        : model_(m),
          source_(std::move(source)),
          shape_(detail::shape_of(like)),
          input_(array_traits<X>::like(like)),
          output_(array_traits<X>::like(like)),
          numbers_(shape_.size()),
          sums_(shape_.samples) {
        if constexpr (calls_for_two) second_ = array_traits<X>::like(like);
        if constexpr (!reads_head) {
            direction_ = array_traits<X>::like(like);
            ahead_ = array_traits<X>::like(like);
            if constexpr (!has_product) behind_ = array_traits<X>::like(like);
            make_probes(detail::directions_of(source_));
        }
    }

    void operator()(const flow_state& z, const knot& k, flow_state& out) {
        const reading r = model_.at(k);
        const Eigen::Index d = z.rows() - 1;
        evaluate(z, 0.0, r, k, output_);
        space::copy_out(detail::data_of(output_), numbers_.data(), numbers_.size());
        for (Eigen::Index n = 0; n < z.cols(); ++n) {
            const T* const said = numbers_.data() + n * d;
            for (Eigen::Index i = 0; i < d; ++i)
                out(i, n) = r.data.state * z(i, n) + r.data.output * static_cast<double>(said[i]);
        }
        // Without signal the noise prediction is the state, and g = 0.
        if (k.alpha == 0) {
            out.row(d).setZero();
            return;
        }
        sum_variances(z, r, k);
        const double known =
            static_cast<double>(d) * k.alpha * k.alpha / (k.alpha * k.alpha + k.sigma * k.sigma);
        for (Eigen::Index n = 0; n < z.cols(); ++n)
            out(d, n) = z(d, n) / k.alpha + sums_[static_cast<std::size_t>(n)] - known;
    }

    void begin_walk() { detail::begin_walk(model_.network); }

    /// Throws fokker::error where the divergence cannot be what it is asked to be.
    void check() const {
        detail::check_directions(detail::directions_of(source_));
        if constexpr (core::keeps_memory<network>) {
            std::vector<std::byte> kept;
            core::memory_writer to(kept);
            core::visit_memory(model_.network, to);
            require(kept.empty(),
                    "the network keeps something from call to call, as momentum does, and the flow "
                    "of a likelihood must be a function of the state; leave that out");
        }
        if constexpr (reads_head) {
            const second_output kind =
                second_output_of<network, buffer, buffer, true>(model_.second);
            require(kind == second_output::residual_squared,
                    "divergence_head{} reads a second output of the kind residual_squared, and the "
                    "network's is ",
                    name_of(kind),
                    "; name it in predicts_noise(network, ..), or take "
                    "divergence_probes{}");
        }
    }

private:
    /// to = f(x + distance direction), in the network's own scale.
    void evaluate(const flow_state& z, double distance, const reading& r, const knot& k,
                  buffer& to) {
        const Eigen::Index d = z.rows() - 1;
        const T* const v = distance == 0 ? nullptr : vector_.data();
        for (Eigen::Index n = 0; n < z.cols(); ++n)
            for (Eigen::Index i = 0; i < d; ++i) {
                const double moved =
                    v ? z(i, n) + distance * static_cast<double>(v[n * d + i]) : z(i, n);
                numbers_[static_cast<std::size_t>(n * d + i)] =
                    static_cast<T>(r.input_scale * moved);
            }
        space::copy_in(detail::data_of(input_), numbers_.data(), numbers_.size());
        if constexpr (calls_for_two)
            detail::call_network_twice(model_.network, std::as_const(input_), k, r.label, to,
                                       second_);
        else
            detail::call_network(model_.network, std::as_const(input_), k, r.label, to);
    }

    /// sums_ = the sum of g over the elements of each sample.
    void sum_variances(const flow_state& z, const reading& r, const knot& k) {
        std::fill(sums_.begin(), sums_.end(), 0.0);
        const auto d = static_cast<double>(shape_.elements);
        if constexpr (reads_head) {
            space::copy_out(detail::data_of(second_), numbers_.data(), numbers_.size());
            for_each_number([&](std::size_t n, std::size_t i) {
                sums_[n] += static_cast<double>(numbers_[i]);
            });
        } else {
            const double count = add_traces(z, r, k, detail::directions_of(source_));
            for (double& sum : sums_)
                sum = d -
                      k.sigma * (d * r.noise.state + r.noise.output * r.input_scale * sum / count);
        }
    }

    /// sums_ += v J v for each probe v, J the network's Jacobian. Returns how many there are.
    double add_traces(const flow_state& z, const reading& r, const knot& k,
                      const divergence_probes& p) {
        for (int i = 0; i < p.probes; ++i) {
            if (p.probes > 1) draw(p, i);
            add_product(z, r, k, p.step);
        }
        return p.probes;
    }
    double add_traces(const flow_state& z, const reading& r, const knot& k,
                      const exact_divergence& e) {
        for (std::size_t i = 0; i < shape_.elements; ++i) {
            std::fill(vector_.begin(), vector_.end(), T(0));
            for (std::size_t n = 0; n < shape_.samples; ++n)
                vector_[n * shape_.elements + i] = T(1);
            add_product(z, r, k, e.step);
        }
        return 1.0;
    }

    void add_product(const flow_state& z, const reading& r, const knot& k, double step) {
        if constexpr (has_product) {
            space::copy_in(detail::data_of(direction_), vector_.data(), vector_.size());
            product_with<std::remove_reference_t<decltype((source_.product))>, buffer> product(
                source_.product, direction_);
            detail::call_network(product, std::as_const(input_), k, r.label, ahead_, -1,
                                 "the Jacobian's product");
            space::copy_out(detail::data_of(ahead_), numbers_.data(), numbers_.size());
            for_each_number([&](std::size_t n, std::size_t i) {
                sums_[n] += static_cast<double>(vector_[i]) * static_cast<double>(numbers_[i]);
            });
        } else {
            const double h = difference_step<T>(step) * k.sigma;
            evaluate(z, h, r, k, ahead_);
            evaluate(z, -h, r, k, behind_);
            detail::require_apart(ahead_, behind_, the_output, "that of another call", k, -1);
            space::copy_out(detail::data_of(ahead_), numbers_.data(), numbers_.size());
            space::copy_out(detail::data_of(behind_), others_.data(), others_.size());
            const double slope = 1.0 / (2.0 * h * r.input_scale);
            for_each_number([&](std::size_t n, std::size_t i) {
                sums_[n] += slope * static_cast<double>(vector_[i]) *
                            (static_cast<double>(numbers_[i]) - static_cast<double>(others_[i]));
            });
        }
    }

    void make_probes(const divergence_probes& p) {
        vector_.resize(shape_.size());
        others_.resize(shape_.size());
        draw(p, 0);
    }
    void make_probes(const exact_divergence&) {
        vector_.resize(shape_.size());
        others_.resize(shape_.size());
    }
    void draw(const divergence_probes& p, int number) {
        detail::draw_probe(direction_, p.noise,
                           first_probe_draw + static_cast<std::uint32_t>(number), p.law);
        space::copy_out(detail::data_of(direction_), vector_.data(), vector_.size());
    }

    /// f(sample, number).
    template <class F>
    void for_each_number(const F& f) const {
        for (std::size_t n = 0, i = 0; n < shape_.samples; ++n)
            for (std::size_t e = 0; e < shape_.elements; ++e, ++i) f(n, i);
    }

    Model& model_;
    Source source_;
    array_shape shape_;
    buffer input_, output_, second_{}, direction_{}, ahead_{}, behind_{};
    std::vector<T> numbers_, others_, vector_;  // of this program's memory
    std::vector<double> sums_;                  // of each sample
};

}  // namespace types
using types::flow_network, types::flow_state;

}  // namespace fokker::detail
