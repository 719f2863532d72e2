/// Walks of few steps with the weights of a fit, and how their ends depend on these.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/fitting/weight_table.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/model/model.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/fitted_solver.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

/// A run of it makes x the data prediction at a knot.
struct data_probe {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        x = 1.0 * run.data(x, s);
    }
};

/// Holds the model, refers to x, which it writes over, and counts the network calls. A batch is a
/// column of all its numbers.
template <array_like X, class Model>
class few_step_walks {
    using value = detail::scalar_of<X>;
    using number = kernel::arithmetic<value>;

public:
    using column = Eigen::Array<number, Eigen::Dynamic, 1>;

    /// The states of one walk, and the data predictions before each step.
    struct states {
        std::vector<column> x, D;
    };

    few_step_walks(X& x, Model&& model)
        : x_(x), model_(detail::as_model(std::forward<Model>(model))) {}

    X& x() { return x_; }
    const X& x() const { return x_; }
    auto& model() { return model_; }

    /// Network calls since count_anew(), each of a batch.
    std::int64_t calls() const { return calls_; }
    void count_anew() { calls_ = 0; }

    /// What x holds.
    column state() const {
        const std::size_t size = detail::shape_of(x_).size();
        const value* const from = detail::const_data_of(x_);
        column result(static_cast<Eigen::Index>(size));
        std::transform(from, from + size, result.data(),
                       [](value v) { return static_cast<number>(v); });
        return result;
    }
    void set(const column& from) {
        std::transform(from.data(), from.data() + from.size(), detail::data_of(x_),
                       [](number v) { return static_cast<value>(v); });
    }

    states walked(const weight_table& table, const column& start) {
        auto probe = probe_of(table.walk());
        states w;
        w.x.push_back(start);
        std::vector<const column*> D;
        w.D.reserve(static_cast<std::size_t>(table.steps()));
        for (int k = 0; k < table.steps(); ++k) {
            w.D.push_back(predict(probe, k, w.x.back()));
            D.push_back(&w.D.back());
            w.x.push_back(next(table.step(k), k, w.x.back(), D));
        }
        return w;
    }

    /// The derivatives of the end of such a walk by the parameters of the table, in their order. By
    /// differences, as a network gives no derivatives.
    std::vector<column> derivatives(const weight_table& table, const states& w) {
        auto probe = probe_of(table.walk());
        std::vector<column> result;
        for (int i = 0; i < table.steps(); ++i)
            for (int j = -1; j < table.step(i).predictions; ++j)
                result.push_back(by_weight(probe, table, w, i, j));
        if (table.moves_knots())
            for (int i = 1; i < table.steps(); ++i) result.push_back(by_knot(table, w, i));
        return result;
    }

private:
    auto probe_of(const grid& walk) {
        run<X&, decltype(model_)&, data_probe> probe(x_, model_, walk, data_probe{});
        probe.keep_prediction(false);
        return probe;
    }

    /// Calls the network at knot i of a walk that is probed.
    template <class Probe>
    column predict(Probe& probe, int i, const column& x) {
        set(x);
        probe.seek(i);
        probe.step();
        ++calls_;
        return state();
    }

    /// The state after step i.
    static column next(const fitted_step& of, int i, const column& x,
                       const std::vector<const column*>& D) {
        column result = static_cast<number>(of.state) * x;
        for (int j = 0; j < of.predictions; ++j)
            result += static_cast<number>(of.data[static_cast<std::size_t>(j)]) *
                      *D[static_cast<std::size_t>(i - j)];
        return result;
    }

    /// From the state at knot i to the end; D are the predictions before knot i.
    template <class Probe>
    column finish(Probe& probe, const weight_table& table, int i, column x,
                  std::vector<const column*> D) {
        std::vector<column> own(static_cast<std::size_t>(table.steps() - i));
        for (int k = i; k < table.steps(); ++k) {
            column& now = own[static_cast<std::size_t>(k - i)];
            now = predict(probe, k, x);
            D.push_back(&now);
            x = next(table.step(k), k, x, D);
        }
        return x;
    }

    static std::vector<const column*> first(const std::vector<column>& D, int count) {
        std::vector<const column*> result;
        for (int k = 0; k < count; ++k) result.push_back(&D[static_cast<std::size_t>(k)]);
        return result;
    }

    static double size_of(const column& c) {
        return std::sqrt(c.template cast<double>().square().mean());
    }

    /// The derivative of the end by a weight of step i: of the state (j = -1), or of the j-th
    /// prediction.
    template <class Probe>
    column by_weight(Probe& probe, const weight_table& table, const states& w, int i, int j) {
        const auto at = static_cast<std::size_t>(i);
        const column& by = j < 0 ? w.x[at] : w.D[at - static_cast<std::size_t>(j)];
        if (i + 1 == table.steps()) return by;
        const double size = size_of(by), next_size = size_of(w.x[at + 1]);
        // So small a number has no reciprocal, or it is not there at all.
        if (!(size > small_part * next_size)) return column::Zero(by.size());
        const double h = change * (next_size > 0 ? next_size : 1.0) / size;
        column moved = w.x[at + 1] + static_cast<number>(h) * by;
        return (finish(probe, table, i + 1, std::move(moved), first(w.D, i + 1)) - w.x.back()) /
               static_cast<number>(h);
    }

    /// The derivative of the end by the lambda of knot i.
    column by_knot(const weight_table& table, const states& w, int i) {
        const auto [other, h] = table.with_knot_moved(i);
        auto probe = probe_of(other.walk());
        const auto D = first(w.D, i);
        column x = next(other.step(i - 1), i - 1, w.x[static_cast<std::size_t>(i - 1)], D);
        return (finish(probe, other, i, std::move(x), D) - w.x.back()) / static_cast<number>(h);
    }

    /// What a difference changes of a state, as a part of it.
    static constexpr double change = 1e-2;
    /// What is less of a state than this part changes nothing of it.
    static constexpr double small_part = 1e-30;

    X& x_;
    model_for<Model> model_;
    std::int64_t calls_ = 0;
};

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
