/// The network of the golden data: the same as tests/golden/diffusers/make.py.
#pragma once

#include <cmath>
#include <vector>

namespace fokker_test {

/// The noise prediction for data of variance 1/4 on the linear schedule, and some of its own. It
/// notes the labels that it was called with.
struct labelled_network {
    std::vector<double>& labels;

    template <class X>
    void operator()(const X& x, double t, X& out) const {
        labels.push_back(t);
        const double u = t / 1000.0;
        const double bar = std::exp(-0.1 * std::abs(u) - 9.95 * u * u);
        const double sigma = std::sqrt(1.0 - bar), part = sigma / (0.25 * bar + sigma * sigma);
        for (Eigen::Index i = 0; i < x.size(); ++i) {
            const double y = static_cast<double>(x(i));
            out(i) = static_cast<typename X::Scalar>(y * part + 0.1 * std::sin(3.0 * y + 10.0 * u));
        }
    }
};

/// A network of two labels, and it notes both.
struct map_network {
    std::vector<double>& labels;

    template <class X>
    void operator()(const X& x, double t, double r, X& out) const {
        labelled_network{labels}(x, t, out);
        labels.push_back(r);
        for (Eigen::Index i = 0; i < x.size(); ++i)
            out(i) += static_cast<typename X::Scalar>(
                0.1 * std::sin(2.0 * static_cast<double>(x(i)) + 0.003 * r));
    }
};

/// The score of data of variance 1/4 where the label is sigma, and some of its own.
struct score_network {
    std::vector<double>& labels;

    template <class X>
    void operator()(const X& x, double sigma, X& out) const {
        labels.push_back(sigma);
        for (Eigen::Index i = 0; i < x.size(); ++i) {
            const double y = static_cast<double>(x(i));
            out(i) = static_cast<typename X::Scalar>(
                (0.1 * sigma * std::sin(3.0 * y / (1.0 + sigma)) - y) / (0.25 + sigma * sigma));
        }
    }
};

/// The same with a second output: a variance, or a number in [-1, 1].
struct two_output_network {
    std::vector<double>& labels;
    bool tells_variance = false;

    template <class X>
    void operator()(const X& x, double t, X& out, X& second) const {
        labelled_network{labels}(x, t, out);
        for (Eigen::Index i = 0; i < x.size(); ++i) {
            const double v = std::sin(5.0 * static_cast<double>(x(i)) + t / 100.0);
            second(i) = static_cast<typename X::Scalar>(tells_variance ? 0.1 * (1.1 + v) : v);
        }
    }
};

}  // namespace fokker_test
