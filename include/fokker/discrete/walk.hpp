/// What a discrete sampler sees of a run: the knots of its step, and the positions, one by one.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/discrete/categorical.hpp>
#include <fokker/discrete/conversion.hpp>
#include <fokker/discrete/model.hpp>
#include <fokker/discrete/position.hpp>
#include <fokker/discrete/process.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/uniforms.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// One run as its sampler sees it.
template <class X, class Model, class Process>
class walk {
    using value = fokker::detail::scalar_of<X>;
    using plain_model = std::remove_cvref_t<Model>;
    using logits = typename plain_model::logits_type;
    using network = std::remove_reference_t<decltype((std::declval<Model&>().network))>;

public:
    walk(X& x, Model& m, const Process& process, const fokker::grid& knots, const philox& source,
         bool keeps_numbers)
        : x_(x),
          model_(m),
          process_(process),
          knots_(knots),
          source_(source),
          shape_(fokker::detail::shape_of(x)),
          row_(static_cast<std::size_t>(m.classes)),
          logits_(detail::logits_for<logits>(static_cast<std::size_t>(m.classes), shape_.size())),
          clean_(row_.classes()),
          left_out_(row_.classes()),
          ratios_(static_cast<std::size_t>(process.states(m.classes))),
          proposals_(shape_.size()),
          begun_(shape_.samples),
          seen_(m.takes_no_time ? shape_.size() : 0),
          kept_(keeps_numbers ? shape_.size() : 0, detail::none_kept),
          kept_before_(kept_.size()),
          sums_(keeps_numbers ? shape_.samples : 0),
          end_(shape_.elements) {
        if constexpr (requires { process_.prepare(knots_); }) process_.prepare(knots_);
        order_.reserve(shape_.elements);
    }

    // What a sampler may say.

    /// The knots of this step, from noise to data.
    std::pair<const knot&, const knot&> interval() const {
        const auto i = static_cast<std::size_t>(index_);
        return {knots_[i], knots_[i + 1]};
    }
    const Process& process() const { return process_; }
    int classes() const { return model_.classes; }
    bool last() const { return index_ + 1 == knots_.steps(); }

    int index() const { return index_; }
    int steps() const { return knots_.steps(); }

    /// at.sum() = the sum of f(token, kept) over the positions of the sample that are not known.
    template <class F>
    void add_up(const F& f) {
        const auto* const states = fokker::detail::data_of(x_);
        for (std::size_t n = 0, i = 0; n < shape_.samples; ++n) {
            sums_[n] = 0.0;
            for (std::size_t p = 0; p < shape_.elements; ++p, ++i)
                if (!is_fixed(i)) sums_[n] += f(static_cast<int>(states[i]), kept_[i]);
        }
    }

    /// Calls the network on the state, and f with each position that is not known.
    template <class F>
    void each(const F& f) {
        each_at(interval().first, f);
    }
    /// The same at a knot of one's choice, which must be where the state is.
    template <class F>
    void each_at(const knot& k, const F& f) {
        now_ = k;
        const std::uint32_t draw = static_cast<std::uint32_t>(index_ + 1) * draws_in_step +
                                   draws_in_call * calls_in_step_++;
        call_network([&](const auto* said) {
            auto* const states = fokker::detail::data_of(x_);
            using logit = std::remove_cvref_t<decltype(*said)>;
            std::size_t i = 0;
            for (std::size_t n = 0; n < shape_.samples; ++n) {
                surest_ = std::numeric_limits<double>::lowest();
                for (std::size_t p = 0; p < shape_.elements; ++p, ++i) {
                    if (is_fixed(i)) continue;
                    detail::position<walk, value, logit> at(
                        *this, states[i], said + i * row_.classes(), {n, draw, p});
                    f(at);
                }
            }
        });
    }

    /// Takes the surest of what was proposed in this step; of equally sure ones the first. Of each
    /// sample, how_many(begun, now) of them: `begun` positions were proposed in the first step of
    /// the walk, `now` in this one. Or how_many(begun, now, sureness), where sureness(i) is that of
    /// the i-th surest.
    template <class F>
    void accept(const F& how_many) {
        auto* const states = fokker::detail::data_of(x_);
        for (std::size_t n = 0; n < shape_.samples; ++n) {
            order_.clear();
            for (std::size_t p = 0; p < shape_.elements; ++p)
                if (proposals_[n * shape_.elements + p].token >= 0) order_.push_back(p);
            const int now = static_cast<int>(order_.size());
            if (index_ == start_) begun_[n] = now;
            const auto* const of_sample = &proposals_[n * shape_.elements];
            const auto sort = [&](int first) {
                std::partial_sort(order_.begin(), order_.begin() + first, order_.end(),
                                  [=](std::size_t a, std::size_t b) {
                                      const double left = of_sample[a].sureness,
                                                   right = of_sample[b].sureness;
                                      return left > right || (left == right && a < b);
                                  });
            };
            std::size_t count = 0;
            if constexpr (std::invocable<const F&, int, int>) {
                const int wanted = std::clamp(how_many(begun_[n], now), 0, now);
                sort(wanted);
                count = static_cast<std::size_t>(wanted);
            } else {
                sort(now);
                const auto sureness = [&](int i) {
                    return of_sample[order_[static_cast<std::size_t>(i)]].sureness;
                };
                count = static_cast<std::size_t>(
                    std::clamp(how_many(begun_[n], now, sureness), 0, now));
            }
            for (std::size_t i = 0; i < count; ++i)
                states[n * shape_.elements + order_[i]] =
                    static_cast<value>(of_sample[order_[i]].token);
        }
        for (auto& each : proposals_) each.token = -1;
    }

    // What the run asks.

    static constexpr std::uint32_t draws_in_step = 256, draws_in_call = 2;
    static constexpr int most_calls = draws_in_step / draws_in_call;

    void propose(const noise_position& at, int token, double sureness) {
        if (fokker::detail::is_nan(sureness))
            throw network_error(fokker::detail::sentence(
                {"fokker: the sureness of position ", static_cast<std::size_t>(at.element),
                 " of sample ", static_cast<std::size_t>(at.sample), " is not a number"}));
        proposals_[place(at)] = {token, sureness};
    }
    /// Whether no position of the sample was as sure in this call.
    bool is_surest_yet(double sureness) {
        if (sureness <= surest_) return false;
        surest_ = sureness;
        return true;
    }
    template <class Logit>
    detail::row_reader::summary summary(const Logit* row, int state, const noise_position& at) {
        const double temperature = model_.draws.temperature > 0 ? model_.draws.temperature : 1.0;
        return reads_as_logits() ? row_.summary_of(row, changes(state), temperature)
                                 : row_.summary_of(logits_of(row, state, at), {}, temperature);
    }

    /// Whether element i of the state keeps its class.
    bool is_known(std::size_t i) const {
        const std::vector<unsigned char>& known = model_.known;
        return !known.empty() && known[known.size() == shape_.size() ? i : i % shape_.elements];
    }

    /// Whether it does not change in this walk: it is known, or not in the block.
    bool is_fixed(std::size_t i) const {
        const std::size_t p = i % shape_.elements;
        return p < first_ || p >= end_ || is_known(i);
    }
    /// Of each sample only positions first .. end - 1 change from now on.
    void within(std::size_t first, std::size_t end) {
        first_ = first;
        end_ = end;
    }

    double kept(const noise_position& at) const { return kept_[place(at)]; }
    void keep(const noise_position& at, double number) { kept_[place(at)] = number; }
    double sum_of(std::size_t sample) const { return sums_[sample]; }

    const philox& source() const { return source_; }
    array_shape shape() const { return shape_; }
    void seek(int index) {
        index_ = start_ = index;
        calls_in_step_ = 0;
        is_seen_ = false;
        for (double& each : kept_) each = detail::none_kept;
    }
    /// Remembers what a step that fails would change.
    void begin_step() { std::copy(kept_.begin(), kept_.end(), kept_before_.begin()); }
    /// Forgets what a step that failed has proposed.
    void undo_step() {
        for (auto& each : proposals_) each.token = -1;
        std::copy(kept_before_.begin(), kept_before_.end(), kept_.begin());
        calls_in_step_ = 0;
        is_seen_ = false;
    }
    std::int64_t evaluations() const { return evaluations_; }
    void move_on() {
        ++index_;
        calls_in_step_ = 0;
    }

    /// What a walk keeps from step to step, beside the state.
    template <class Archive>
    void visit(Archive& archive) {
        archive(index_);
        archive(start_);
        archive(evaluations_);
        for (int& each : begun_) archive(each);
        for (double& each : kept_) archive(each);
    }

    /// Draws a clean class from a row of the network. Throws network_error if it is no
    /// distribution.
    template <class Logit>
    detail::drawn_class draw(const Logit* row, int state, double u, const noise_position& at) {
        const detail::drawn_class made =
            reads_as_logits() ? row_.draw(row, changes(state), model_.draws, u)
                              : row_.draw(logits_of(row, state, at), {}, model_.draws, u);
        if (made.number < 0) throw_no_distribution(at.element, at.sample);
        return made;
    }
    /// The same of r, the distribution that leaves the position out.
    template <class Logit>
    int draw_left_out(const Logit* row, int state, double u, const noise_position& at) {
        find_left_out(row, state, at);
        for (double& each : left_out_) each = detail::log_of(each);
        const detail::drawn_class made = row_.draw(left_out_.data(), {}, model_.draws, u);
        if (made.number < 0) throw_no_distribution(at.element, at.sample);
        return made.number;
    }
    template <class Logit>
    double divergence(const Logit* row, int state, int x0, const noise_position& at) {
        const auto [noisy, clean] = interval();
        double sum = 0.0;
        if constexpr (detail::noise_is_mask<Process>) {
            // Both laws open the mask with the same probability.
            if (process_.is_settled(state)) return 0.0;
            sum = -row_.log_probability(row, changes(state), x0) * (clean.alpha - noisy.alpha) /
                  (1.0 - noisy.alpha);
        } else {
            find_left_out(row, state, at);
            double whole = 0.0;
            for (const double each : left_out_) whole += each;
            if (!fokker::detail::is_finite(whole) || whole <= 0)
                throw_no_distribution(at.element, at.sample);
            sum = discrete::posterior_divergence(process_, noisy, clean, state, x0, left_out_);
        }
        if (fokker::detail::is_nan(sum)) throw_no_distribution(at.element, at.sample);
        return sum;
    }
    /// A value of the noise's law, but not this one.
    int draw_other(double u, int token) const {
        return detail::value_at(
            u * (1.0 - process_.noise(token, model_.classes)), process_.states(model_.classes),
            token, [&](int y) { return y == token ? 0.0 : process_.noise(y, model_.classes); });
    }
    /// Draws a value of the position, y with the weight f(y, ratio of y, sum of all ratios).
    template <class Logit, class F>
    int pick_state(const Logit* row, int state, double u, const noise_position& at, const F& f) {
        if constexpr (detail::is_ratio_times<F>) {
            if (says_ratios_as_logits(state)) {
                const double ratios = read_other_ratios(row, state, at),
                             own = f(state, 1.0, 1.0 + ratios), others = f.factor * ratios;
                const double left = u * (own + others);
                if (!fokker::detail::is_finite(own + others) || own + others <= 0)
                    throw_no_distribution(at.element, at.sample);
                return left < others ? draw_other_read(row, state, left / others) : state;
            }
        }
        const double whole = find_ratios(row, state, at);
        return pick_weighted(state, u, at, [&](int y, double ratio) { return f(y, ratio, whole); });
    }
    /// The value itself, or another one y at the rate f(y, ratio of y). Whether it is another one
    /// is decided by a uniform number of its own, the second.
    template <class Logit, class F, class Chance>
    int jump(const Logit* row, int state, const std::array<double, 2>& u, const noise_position& at,
             const F& f, const Chance& chance) {
        if constexpr (detail::is_ratio_times<F>) {
            if (says_ratios_as_logits(state)) {
                const double all = f.factor * read_other_ratios(row, state, at);
                if (!fokker::detail::is_finite(all)) throw_no_distribution(at.element, at.sample);
                return all > 0 && u[1] < chance(all) ? draw_other_read(row, state, u[0]) : state;
            }
        }
        find_ratios(row, state, at);
        const auto own = static_cast<std::size_t>(state);
        double all = 0.0;
        for (std::size_t y = 0; y < ratios_.size(); ++y)
            all += ratios_[y] = y == own ? 0.0 : f(static_cast<int>(y), ratios_[y]);
        if (!fokker::detail::is_finite(all)) throw_no_distribution(at.element, at.sample);
        return all > 0 && u[1] < chance(all)
                   ? pick_weighted(state, u[0], at, [](int, double rate) { return rate; })
                   : state;
    }
    /// Draws a value, y with the weight f(y, what stands in ratios_ for it).
    template <class F>
    int pick_weighted(int state, double u, const noise_position& at, const F& f) {
        double sum = 0.0;
        for (std::size_t y = 0; y < ratios_.size(); ++y)
            sum += ratios_[y] = f(static_cast<int>(y), ratios_[y]);
        if (!fokker::detail::is_finite(sum) || sum <= 0)
            throw_no_distribution(at.element, at.sample);
        return detail::value_at(u * sum, static_cast<int>(ratios_.size()), state,
                                [&](int y) { return ratios_[static_cast<std::size_t>(y)]; });
    }

private:
    /// f with what the network says of the state. A network that takes no time, and fills the
    /// walk's own array, has said it already if the state is the same.
    template <class F>
    void call_network(const F& f) {
        const auto* const states = fokker::detail::data_of(x_);
        constexpr bool fills = detail::fills_walks_own<network, X, logits>;
        if constexpr (fills)
            if (model_.takes_no_time && is_seen_ && std::equal(seen_.begin(), seen_.end(), states))
                return f(detail::const_data_of(logits_));
        if (fills && model_.takes_no_time) {
            is_seen_ = false;
            std::copy_n(states, seen_.size(), seen_.begin());
        }
        ++evaluations_;
        detail::with_logits(model_.network, std::as_const(x_), now_, logits_, row_.classes(),
                            row_.classes() * shape_.size(), [&](const auto* said) {
                                is_seen_ = fills && model_.takes_no_time;
                                f(said);
                            });
    }

    std::size_t place(const noise_position& at) const {
        return static_cast<std::size_t>(at.sample) * shape_.elements +
               static_cast<std::size_t>(at.element);
    }

    struct proposal {
        int token = -1;  // none
        double sureness = 0.0;
    };

    [[noreturn]] void throw_no_distribution(std::uint64_t position, std::uint64_t sample) const {
        throw network_error(
            fokker::detail::sentence({"fokker: what the network says of position ", position,
                                      " of sample ", sample, " is no distribution at t = ", now_.t,
                                      ": it has a NaN or an infinity, or no class that may be"}));
    }

    /// Whether a row is one of logits of the clean class, but for one class: ratios and rates at
    /// a mask are, too.
    bool reads_as_logits() const {
        return model_.says == says::classes || detail::noise_is_mask<Process> ||
               (model_.says == says::classes_left_out && detail::has_one_noise<Process>);
    }

    /// Whether the ratios of a position's other values are, up to a factor, exponentials of what
    /// the network says of them.
    bool says_ratios_as_logits(int state) const {
        if constexpr (!detail::has_one_noise<Process>) return false;
        if (model_.says == says::ratios || model_.says == says::rates) return true;
        return detail::noise_is_mask<Process> && state == process_.excluded();
    }
    /// Reads a row for draw_other_read. The sum of those ratios.
    template <class Logit>
    double read_other_ratios(const Logit* row, int state, const noise_position& at) {
        const auto all = row_.read(row, {.excluded = state}, 1.0);
        // Only of minus infinity alone nothing is left.
        if (!fokker::detail::is_finite(all.reference)) {
            if (fokker::detail::is_nan(all.reference) || all.reference > 0)
                throw_no_distribution(at.element, at.sample);
            if (model_.says == says::ratios || model_.says == says::rates) return 0.0;
            throw_no_distribution(at.element, at.sample);
        }
        if (model_.says == says::ratios || model_.says == says::rates)
            return scale_of_ratios(state) * std::exp(all.reference) * all.sum;
        return now_.alpha / (1.0 - now_.alpha);
    }
    template <class Logit>
    int draw_other_read(const Logit* row, int state, double u) {
        return row_.draw_read(row, {.excluded = state}, 1.0, u).number;
    }
    /// What the exponential of a ratio's or a rate's logarithm is multiplied by.
    double scale_of_ratios([[maybe_unused]] int state) const {
        if constexpr (detail::has_one_noise<Process>)
            if (model_.says == says::rates)
                return now_.alpha / process_.noise(state, model_.classes);
        return 1.0;  // others' rates were refused
    }

    /// left_out_ = r of a position, from whatever the network says.
    template <class Logit>
    void find_left_out(const Logit* row, int state, const noise_position& at) {
        const knot& k = now_;
        if (reads_as_logits()) {
            detail::row_reader::exponentials(row, changes(state), clean_);
            detail::normalise(clean_);
            discrete::left_out_from_classes(process_, k, state, clean_, left_out_);
        } else if constexpr (!detail::has_one_noise<Process>) {
            detail::row_reader::exponentials(row, {.excluded = process_.excluded()}, left_out_);
            detail::normalise(left_out_);
        } else {
            find_ratios(row, state, at);
            discrete::left_out_from_ratios(process_, k, state, ratios_, left_out_);
        }
    }
    /// ratios_ of a position, from whatever the network says. Their sum.
    template <class Logit>
    double find_ratios(const Logit* row, int state, const noise_position& at) {
        const knot& k = now_;
        if (model_.says == says::classes || model_.says == says::classes_left_out) {
            find_left_out(row, state, at);
            discrete::ratios_from_left_out(process_, k, state, left_out_, ratios_);
        } else if constexpr (detail::has_one_noise<Process>) {
            const std::span<double> of_classes(ratios_.data(), row_.classes());
            const double largest =
                             detail::row_reader::exponentials(row, {.excluded = state}, of_classes),
                         scale = scale_of_ratios(state) * std::exp(largest);
            for (double& each : of_classes) each *= scale;
            std::fill(ratios_.begin() + static_cast<std::ptrdiff_t>(row_.classes()), ratios_.end(),
                      0.0);
            ratios_[static_cast<std::size_t>(state)] = 1.0;
        }
        double sum = 0.0;
        for (const double each : ratios_) sum += each;
        if (!fokker::detail::is_finite(sum)) throw_no_distribution(at.element, at.sample);
        return sum;
    }
    /// Logits of the clean class, from ratios or rates.
    template <class Logit>
    const double* logits_of(const Logit* row, int state, const noise_position& at) {
        find_left_out(row, state, at);
        discrete::classes_from_left_out(process_, now_, state, left_out_, clean_);
        for (double& each : clean_) each = detail::log_of(each);
        return clean_.data();
    }

    /// What of a row is not as the network says it.
    detail::row_changes changes(int state) const {
        detail::row_changes c{.excluded = process_.excluded()};
        if constexpr (!detail::has_one_noise<Process>) {
            return c;
        } else if (model_.says == says::classes_left_out) {
            // Times q(x_t | x_0) = alpha [x_t = x_0] + (1 - alpha) pi(x_t), up to a factor.
            const double alpha = now_.alpha;
            const double noise = (1.0 - alpha) * process_.noise(state, model_.classes);
            c.weighted = state;
            c.log_weight = noise > 0 ? std::log1p(alpha / noise) : 0.0;
        }
        return c;
    }

    X& x_;
    Model& model_;
    Process process_;
    fokker::grid knots_;
    philox source_;
    array_shape shape_;
    detail::row_reader row_;
    logits logits_;
    std::vector<double> clean_, left_out_, ratios_;  // of a position, where they are needed
    std::vector<proposal> proposals_;                // of the state's positions
    std::vector<std::size_t> order_;                 // of a sample's
    std::vector<int> begun_;                         // of each sample
    std::vector<value> seen_;  // the state that logits_ are of, for a network that takes no time
    std::vector<double> kept_, kept_before_, sums_;
    std::size_t first_ = 0, end_;  // of each sample, what may change
    double surest_ = 0.0;          // of the sample that is under way
    bool is_seen_ = false;
    knot now_;  // that the network was called at
    std::uint32_t calls_in_step_ = 0;
    int index_ = 0, start_ = 0;
    std::int64_t evaluations_ = 0;
};

}  // namespace fokker::discrete
