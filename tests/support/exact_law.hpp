/// The law of a discrete sampler's samples, without sampling: every decision of every position is
/// followed both ways, with its probability.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/discrete/conversion.hpp>
#include <fokker/discrete/walk.hpp>
#include <fokker/path/continuous/flow.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>

namespace fokker_test {

/// The values of a sample's positions.
using tokens = std::vector<int>;
using law = std::map<tokens, double>;

/// Data of a few positions, and all that an exact network knows of them.
struct discrete_data {
    int classes = 3;
    law p0;

    /// The distribution of the clean class of a position, given a noisy state at this knot, all of
    /// it or without the position itself. `noise(token)` is pi.
    template <class Noise>
    std::vector<double> clean(const tokens& x, std::size_t position, const fokker::knot& k,
                              const Noise& noise, bool leaving_one_out = false) const {
        std::vector<double> p(static_cast<std::size_t>(classes));
        double sum = 0.0;
        for (const auto& [x0, weight] : p0) {
            double w = weight;
            for (std::size_t i = 0; i < x.size(); ++i)
                if (i != position || !leaving_one_out)
                    w *= (x0[i] == x[i] ? k.alpha : 0.0) + (1.0 - k.alpha) * noise(x[i]);
            p[static_cast<std::size_t>(x0[position])] += w;
            sum += w;
        }
        for (double& each : p) each /= sum;
        return p;
    }
};

/// Follows a piece of code through all of its decisions: f(branches) asks branches.choose(weights)
/// at each, and is called again until all ways were gone.
class branches {
public:
    template <class F>
    void follow(const F& f) {
        script_.clear();
        do {
            place_ = 0;
            probability_ = 1.0;
            f(*this);
        } while (next());
    }
    std::size_t choose(const std::vector<double>& weights) {
        double sum = 0.0;
        for (const double each : weights) sum += each;
        if (place_ == script_.size()) script_.push_back({0, weights.size()});
        const std::size_t chosen = script_[place_++].first;
        probability_ *= sum > 0 ? weights[chosen] / sum : 0.0;  // a way with probability 0
        return chosen;
    }
    double probability() const { return probability_; }

private:
    bool next() {
        while (!script_.empty() && script_.back().first + 1 == script_.back().second)
            script_.pop_back();
        if (script_.empty()) return false;
        ++script_.back().first;
        return true;
    }

    std::vector<std::pair<std::size_t, std::size_t>> script_;  // chosen, of so many
    std::size_t place_ = 0;
    double probability_ = 1.0;
};

/// A position as a sampler sees it (see discrete/walk.hpp).
template <class Process>
class branching_position {
public:
    branching_position(branches& b, const Process& process, const fokker::knot& k,
                       std::vector<double> p, int token, double& kept, double sum)
        : branches_(b),
          process_(process),
          knot_(k),
          p_(std::move(p)),
          token_(token),
          kept_(kept),
          sum_(sum) {}

    int token() const { return token_; }
    int classes() const { return static_cast<int>(p_.size()); }
    int draw() {
        if (drawn_ < 0) drawn_ = static_cast<int>(branches_.choose(p_));
        return drawn_;
    }
    double probability() { return p_[static_cast<std::size_t>(draw())]; }
    bool happens(double probability) {
        return branches_.choose({1.0 - probability, probability}) == 1;
    }
    int pick(std::initializer_list<double> weights) {
        return static_cast<int>(branches_.choose(weights));
    }
    int draw_left_out() { return static_cast<int>(branches_.choose(left_out())); }
    template <class F, class Chance>
    int jump(const F& f, const Chance& chance) {
        std::vector<double> rates(static_cast<std::size_t>(process_.states(classes())));
        fokker::discrete::ratios_from_left_out(process_, knot_, token_, left_out(), rates);
        double all = 0.0;
        for (std::size_t y = 0; y < rates.size(); ++y)
            all += rates[y] =
                static_cast<int>(y) == token_ ? 0.0 : f(static_cast<int>(y), rates[y]);
        for (double& each : rates) each *= all > 0 ? chance(all) / all : 0.0;
        rates[static_cast<std::size_t>(token_)] = 1.0 - chance(all);
        return static_cast<int>(branches_.choose(rates));
    }
    template <class F>
    int pick_state(const F& f) {
        std::vector<double> ratios(static_cast<std::size_t>(process_.states(classes())));
        fokker::discrete::ratios_from_left_out(process_, knot_, token_, left_out(), ratios);
        double sum = 0.0;
        for (const double each : ratios) sum += each;
        for (std::size_t y = 0; y < ratios.size(); ++y)
            ratios[y] = f(static_cast<int>(y), ratios[y], sum);
        return static_cast<int>(branches_.choose(ratios));
    }
    template <class F>
    int pick_value(const F& f) {
        std::vector<double> weights;
        for (int k = 0; k < process_.states(classes()); ++k) weights.push_back(f(k));
        return static_cast<int>(branches_.choose(weights));
    }
    int fresh() {
        std::vector<double> pi;
        for (int k = 0; k < process_.states(classes()); ++k)
            if constexpr (requires { process_.noise(k, classes()); })
                pi.push_back(process_.noise(k, classes()));
            else if constexpr (requires { process_.fresh(k, classes()); })
                pi.push_back(process_.fresh(k, classes()));
        return static_cast<int>(branches_.choose(pi));
    }
    int fresh_other() {
        std::vector<double> pi;
        for (int k = 0; k < process_.states(classes()); ++k)
            pi.push_back(k == token_ ? 0.0 : process_.noise(k, classes()));
        return static_cast<int>(branches_.choose(pi));
    }
    void set(int token) { token_ = token; }

    void propose(int token, double sureness) { proposed_ = {token, sureness}; }
    template <class F>
    void propose_surest(const F& drawn, double sureness) {
        propose(drawn(), sureness);
    }
    const std::pair<int, double>& proposed() const { return proposed_; }
    double margin() const {
        std::vector<double> sorted = p_;
        std::sort(sorted.rbegin(), sorted.rend());
        return sorted[0] - sorted[1];
    }
    double entropy() const {
        double sum = 0.0;
        for (const double each : p_)
            if (each > 0) sum -= each * std::log(each);
        return sum;
    }
    /// All orders of the positions that asked are followed.
    double chance() {
        asked_chance_ = true;
        return 0.0;
    }
    bool asked_chance() const { return asked_chance_; }

    double kept() const { return kept_; }
    void keep(double number) { kept_ = number; }
    double sum() const { return sum_; }

    /// Has no branches that could be counted.
    double gumbel() const { throw std::logic_error("Gumbel noise cannot be enumerated"); }

private:
    std::vector<double> left_out() const {
        std::vector<double> r(p_.size());
        fokker::discrete::left_out_from_classes(process_, knot_, token_, p_, r);
        return r;
    }

    std::pair<int, double> proposed_{-1, 0.0};
    bool asked_chance_ = false;
    branches& branches_;
    const Process& process_;
    fokker::knot knot_;
    std::vector<double> p_;
    int token_, drawn_ = -1;
    double& kept_;
    double sum_;
};

/// The walk of one step from one state, on one way through its decisions. `clean(x, position,
/// knot)` is what the sampler takes for the network's distribution.
template <class Process, class Clean>
class branching_walk {
public:
    branching_walk(branches& b, const Process& process, const Clean& clean,
                   const fokker::grid& knots, int index, const tokens& from,
                   const std::vector<double>& kept, const std::vector<bool>& known)
        : branches_(b),
          process_(process),
          clean_(clean),
          knots_(knots),
          index_(index),
          x_(from),
          kept_(kept),
          known_(known) {}

    std::pair<const fokker::knot&, const fokker::knot&> interval() const {
        const auto i = static_cast<std::size_t>(index_);
        return {knots_[i], knots_[i + 1]};
    }
    const Process& process() const { return process_; }
    int index() const { return index_; }
    int steps() const { return knots_.steps(); }

    template <class F>
    void add_up(const F& f) {
        sum_ = 0.0;
        for (std::size_t i = 0; i < x_.size(); ++i)
            if (known_.empty() || !known_[i]) sum_ += f(x_[i], kept_[i]);
    }
    const std::vector<double>& kept() const { return kept_; }
    bool last() const { return index_ + 1 == steps(); }

    template <class F>
    void each(const F& f) {
        each_at(interval().first, f);
    }
    template <class F>
    void each_at(const fokker::knot& k, const F& f) {
        const tokens from = x_;
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (!known_.empty() && known_[i]) continue;
            branching_position<Process> at(branches_, process_, k, clean_(from, i, k), from[i],
                                           kept_[i], sum_);
            f(at);
            x_[i] = at.token();
            if (at.proposed().first >= 0) proposals_.push_back({at.proposed(), i});
            if (at.asked_chance()) by_chance_ = true;
        }
    }
    template <class F>
    void accept(const F& how_many) {
        std::stable_sort(proposals_.begin(), proposals_.end(), [](const auto& a, const auto& b) {
            return a.first.second > b.first.second;
        });
        const int size = static_cast<int>(x_.size()), now = static_cast<int>(proposals_.size());
        int count = 0;
        if constexpr (std::is_invocable_v<const F&, int, int>)
            count = how_many(size, now);
        else
            count = how_many(size, now, [&](int i) {
                return proposals_[static_cast<std::size_t>(i)].first.second;
            });
        for (int n = 0; n < count; ++n) {
            const std::size_t chosen =
                by_chance_ ? branches_.choose(std::vector<double>(proposals_.size(), 1.0)) : 0;
            x_[proposals_[chosen].second] = proposals_[chosen].first.first;
            proposals_.erase(proposals_.begin() + static_cast<std::ptrdiff_t>(chosen));
        }
        proposals_.clear();
        by_chance_ = false;
    }

    const tokens& state() const { return x_; }

private:
    branches& branches_;
    const Process& process_;
    const Clean& clean_;
    const fokker::grid& knots_;
    int index_;
    tokens x_;
    std::vector<double> kept_;
    double sum_ = 0.0;
    const std::vector<bool>& known_;
    std::vector<std::pair<std::pair<int, double>, std::size_t>> proposals_;
    bool by_chance_ = false;
};

/// The law of x at the end of the walk, from one at its beginning. Known positions stay.
template <class Sampler, class Process, class Clean>
law law_of_samples(const Sampler& sampler, const Process& process, const Clean& clean,
                   const fokker::grid& knots, law x, const std::vector<bool>& known = {}) {
    // What a position keeps is a part of the state.
    std::map<std::pair<tokens, std::vector<double>>, double> states;
    for (const auto& [from, weight] : x)
        states[{from, std::vector<double>(from.size(), fokker::discrete::detail::none_kept)}] =
            weight;
    for (int i = 0; i < knots.steps(); ++i) {
        decltype(states) after;
        for (const auto& [state, weight] : states) {
            if (weight == 0) continue;
            branches{}.follow([&, &start = state, &of = weight](branches& b) {
                branching_walk<Process, Clean> walk(b, process, clean, knots, i, start.first,
                                                    start.second, known);
                sampler.step(walk);
                after[{walk.state(), walk.kept()}] += of * b.probability();
            });
        }
        states = std::move(after);
    }
    x.clear();
    for (const auto& [state, weight] : states) x[state.first] += weight;
    return x;
}

/// So many positions of noise alone.
template <class Process>
law noise_alone(const Process& process, int classes, std::size_t positions) {
    law x{{{}, 1.0}};
    for (std::size_t i = 0; i < positions; ++i) {
        law more;
        for (const auto& [begun, p] : x)
            for (int k = 0; k < process.states(classes); ++k)
                if (process.noise(k, classes) > 0) {
                    tokens longer = begun;
                    longer.push_back(k);
                    more[longer] = p * process.noise(k, classes);
                }
        x = std::move(more);
    }
    return x;
}

/// n steps whose alphas are even.
inline fokker::grid even_alphas(int n) {
    std::vector<fokker::knot> knots;
    for (int i = 0; i <= n; ++i) {
        const double alpha = static_cast<double>(i) / n;
        knots.push_back({1.0 - alpha, alpha, 1.0 - alpha});
    }
    return fokker::grid(std::move(knots), fokker::flow_path{});
}

/// n even steps from alpha = 0.001, where ratios say something.
inline fokker::grid from_a_little(int n, double end = 1.0) {
    std::vector<fokker::knot> knots;
    for (int i = 0; i <= n; ++i) {
        const double alpha = i == n ? end : 0.001 + (end - 0.001) * i / n;
        knots.push_back({1 - alpha, alpha, 1 - alpha});
    }
    return fokker::grid(std::move(knots), fokker::flow_path{});
}

/// What an exact network of such data says under a process, which must outlive it as the data must.
auto exact(const auto& process, const discrete_data& data) {
    return [&](const tokens& x, std::size_t i, const fokker::knot& k) {
        return data.clean(x, i, k, [&](int token) { return process.noise(token, data.classes); });
    };
}

/// The law of a sampler's samples from noise alone, with an exact network.
law law_of(const auto& sampler, const auto& process, const fokker::grid& walk,
           const discrete_data& data) {
    return law_of_samples(sampler, process, exact(process, data), walk,
                          noise_alone(process, data.classes, data.p0.begin()->first.size()));
}

/// Half of the sum of the differences.
inline double total_variation(const law& a, const law& b) {
    double sum = 0.0;
    for (const auto& [x, p] : a) {
        const auto other = b.find(x);
        sum += std::abs(p - (other == b.end() ? 0.0 : other->second));
    }
    for (const auto& [x, p] : b)
        if (!a.contains(x)) sum += p;
    return 0.5 * sum;
}

/// Two positions of three classes that depend on each other.
inline discrete_data dependent_pair() {
    return {.classes = 3,
            .p0 = {{{0, 0}, 0.30},
                   {{0, 1}, 0.05},
                   {{0, 2}, 0.05},
                   {{1, 0}, 0.02},
                   {{1, 1}, 0.20},
                   {{1, 2}, 0.08},
                   {{2, 0}, 0.10},
                   {{2, 1}, 0.05},
                   {{2, 2}, 0.15}}};
}

}  // namespace fokker_test
