/// Forward processes of classes by matrices.
#pragma once

#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/process.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/continuous/flow.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

namespace detail {

/// The result of transition_matrices(steps): a template, so that programs that have none do not
/// compile Eigen's products for it.
template <class Matrix>
class matrix_process {
public:
    explicit matrix_process(const std::vector<Matrix>& steps) {
        using fokker::detail::require;
        require(!steps.empty(), "there are no matrices; give one for each step of the process");
        const Eigen::Index classes = steps[0].rows();
        auto all = std::make_shared<std::vector<Matrix>>();
        all->push_back(Matrix::Identity(classes, classes));
        for (std::size_t t = 0; t < steps.size(); ++t) {
            const Matrix& q = steps[t];
            require(q.rows() == classes && q.cols() == classes && classes >= 2, "matrix ", t,
                    " has ", q.rows(), " rows and ", q.cols(),
                    " columns; all are square, of one size, and of two classes or more");
            for (Eigen::Index i = 0; i < classes; ++i) {
                double sum = 0.0;
                for (Eigen::Index j = 0; j < classes; ++j) {
                    require(fokker::detail::is_finite(q(i, j)) && q(i, j) >= 0, "matrix ", t,
                            " has ", q(i, j), " in row ", i, "; probabilities are not negative");
                    sum += q(i, j);
                }
                require(std::abs(sum - 1.0) < 1e-9, "row ", i, " of matrix ", t, " sums to ", sum,
                        "; a row is the law of the next class, and sums to 1");
            }
            all->push_back((all->back() * q).eval());
        }
        steps_ = std::make_shared<std::vector<Matrix>>(steps);
        all_ = std::move(all);
    }

    /// A grid of n steps, from noise alone to the data, evenly over the steps of the process.
    grid walk(int n) const {
        const int last = static_cast<int>(steps_->size());
        fokker::detail::require(n >= 1 && n <= last, "the walk has ", n, " steps, and the process ",
                                last, "; take 1 to ", last);
        std::vector<knot> knots;
        for (int i = 0; i <= n; ++i) {
            const double t = std::floor(static_cast<double>(last) * (n - i) / n + 0.5);
            knots.push_back({t, 1.0 - t / last, t / last});
        }
        return grid(std::move(knots));
    }

    void check(int classes) const {
        fokker::detail::require((*all_)[0].rows() == classes, "the matrices are of ",
                                (*all_)[0].rows(), " classes, and the network has ", classes);
    }
    void prepare(const grid& walk) {
        between_.clear();
        between_.resize(all_->size());
        for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
            const std::size_t from = place(walk[i + 1]), to = place(walk[i]);
            between_[to] = {from, (*all_)[0]};
            for (std::size_t t = from; t < to; ++t)
                between_[to].second = (between_[to].second * (*steps_)[t]).eval();
        }
    }
    int states(int classes) const { return classes; }
    int excluded() const { return -1; }
    int draw_at(double u, int classes, const knot& k) const {
        const Matrix& q = (*all_)[place(k)];
        return value_at(u * classes, classes, 0, [&](int y) { return q.col(y).sum(); });
    }
    double prior(int token, int classes, const knot& k) const {
        return (*all_)[place(k)].col(token).sum() / classes;
    }
    bool is_settled(int) const { return false; }

    double transition(int from, int to, const knot& clean, const knot& noisy, int) const {
        const std::size_t s = place(clean), t = place(noisy);
        if (s == t) return from == to ? 1.0 : 0.0;
        if (s == 0) return (*all_)[t](from, to);
        fokker::detail::require(t < between_.size() && between_[t].first == s && t > s,
                                "the process was not prepared for a step from t = ", t, " to ", s);
        return between_[t].second(from, to);
    }

    void back(auto& at, const knot& noisy, const knot& clean) const {
        const int x0 = at.draw(), token = at.token(), classes = at.classes();
        const knot data{0.0, 1.0, 0.0};
        at.set(at.pick_value([&](int y) {
            return transition(x0, y, data, clean, classes) *
                   transition(y, token, clean, noisy, classes);
        }));
    }

private:
    std::size_t place(const knot& k) const {
        const double t = k.sigma * static_cast<double>(steps_->size());
        const double whole = std::floor(t + 0.5);
        fokker::detail::require(std::abs(t - whole) < 1e-6,
                                "the walk has a knot between two steps of the process, at ", t,
                                "; take transition_matrices::walk(n)");
        return static_cast<std::size_t>(whole);
    }

    std::shared_ptr<const std::vector<Matrix>> steps_, all_;  // of 1 step; of t
    std::vector<std::pair<std::size_t, Matrix>> between_;     // by the noisier knot
};

}  // namespace detail

/// Noise is what row-stochastic matrices say: D3PM (Austin et al. 2021). Step t of the process
/// takes class i to class j with the probability steps[t - 1](i, j). It is walked on grids of its
/// own, `walk(n)`, whose knots have the label t, the number of steps from the data; alpha = 1 - t /
/// T there is only a place. Noise alone has the law of the mean of the rows after T steps, so let
/// the rows be nearly the same then. Posteriors take time in proportion to the classes, and the
/// memory is T + n matrices. Throws fokker::error on other shapes, and on rows that do not sum
/// to 1.
using transition_matrices = detail::matrix_process<Eigen::MatrixXd>;

/// D3PM's discretised Gaussian: matrices that take a class to one k away with the softmax of
/// -(k width)^2 / beta, width = 2 * 255 / (classes - 1)^2, over all k from 1 - classes to
/// classes - 1; what is left of a row stays. For grey levels and other classes in an order. The
/// paper's betas are 1000, from 1e-4 to 0.02. Throws fokker::error unless all are positive.
template <class Matrix = Eigen::MatrixXd>
std::vector<Matrix> discretised_gaussian(int classes, const std::vector<double>& betas) {
    using fokker::detail::require;
    require(classes >= 2, "classes is ", classes, "; there must be two or more");
    const double width = 2.0 * 255.0 / ((classes - 1.0) * (classes - 1.0));
    std::vector<Matrix> all;
    for (const double beta : betas) {
        require(fokker::detail::is_finite(beta) && beta > 0, "a beta is ", beta,
                "; it must be positive");
        double sum = 1.0;
        for (int k = 1; k < classes; ++k) sum += 2.0 * std::exp(-std::pow(k * width, 2) / beta);
        Matrix q(classes, classes);
        for (int i = 0; i < classes; ++i) {
            double away = 0.0;
            for (int j = 0; j < classes; ++j)
                if (i != j) away += q(i, j) = std::exp(-std::pow((i - j) * width, 2) / beta) / sum;
            q(i, i) = 1.0 - away;
        }
        all.push_back(std::move(q));
    }
    return all;
}

}  // namespace fokker::discrete
