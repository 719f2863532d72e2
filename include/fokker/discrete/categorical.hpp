/// Draws of a class from a row of logits, by the inverse of the distribution function.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/exponential.hpp>
#include <fokker/kernel/exponential_sum.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// How classes are drawn from what the network says. Other values than these change the law of the
/// samples.
struct draw_options {
    /// Divides the logits; 0: always the likeliest class, of equal ones the first.
    double temperature = 1.0;
    /// Only the likeliest k classes; 0: all.
    int top_k = 0;
    /// Only the likeliest classes, up to the one that makes their sum p or more. After top_k.
    double top_p = 1.0;

    /// Throws fokker::error on numbers out of range.
    void check() const {
        fokker::detail::require(
            temperature == 0 || (fokker::detail::is_finite(temperature) && temperature >= 1e-30),
            "temperature is ", temperature,
            "; it must be positive, and no less than 1e-30, or 0 for the likeliest class");
        fokker::detail::require(top_k >= 0, "top_k is ", top_k,
                                "; it must be positive, or 0 for all");
        fokker::detail::require(top_p > 0 && top_p <= 1, "top_p is ", top_p,
                                "; it must lie in (0, 1]");
    }
};

namespace detail {

using namespace fokker::detail;

/// What of a row is changed before a class is drawn from it: a class that cannot be, and one that
/// counts more or less often.
struct row_changes {
    int excluded = -1;
    int weighted = -1;
    double log_weight = 0.0;
};

/// A class that was drawn, and its probability in the row: with what was changed in it, and with
/// the temperature, but before top_k and top_p.
struct drawn_class {
    int number = -1;
    double probability = 0.0;
};

/// Reads a row once, in blocks whose sums it keeps to 2e-7 of each; then the block of the class
/// again, in smaller parts, and the part of the class in double. So no class is lost, however rare:
/// the uniform number has 53 bits, and what is rounded in a block is not taken from another one.
/// A product that is added to is rounded before, so that a seed draws the same classes everywhere.
class row_reader {
public:
    /// For rows of this many classes.
    explicit row_reader(std::size_t classes)
        : classes_(classes),
          references_((classes + block - 1) / block),
          sums_((std::max)(references_.size(), block / part)) {}

    std::size_t classes() const { return classes_; }

    /// u in [0, 1). number = -1: the row is no distribution, as it has a NaN or +inf, or no weight.
    template <class T>
    drawn_class draw(const T* row, const row_changes& changes, const draw_options& how, double u) {
        return how.temperature == 0             ? likeliest(row, changes)
               : how.top_k > 0 || how.top_p < 1 ? draw_of_likeliest(row, changes, how, u)
                                                : draw_of_all(row, changes, how.temperature, u);
    }

    /// Reads the whole row for draw_read: its sum at this temperature (not 0). The reference is not
    /// finite if the row is no distribution.
    template <class T>
    kernel::exponential_sum read(const T* row, const row_changes& c, double temperature) {
        const double scale = 1.0 / temperature;
        whole_ = {};
        if (classes_ <= part) {
            read_part(row, c, 0, classes_);
            whole_ = kernel::sum_exponentials(weights_.data(), classes_, scale);
            return whole_;
        }
        for (std::size_t b = 0, from = 0; from < classes_; ++b, from += block) {
            const std::size_t end = (std::min)(from + block, classes_);
            const kernel::exponential_sum found =
                sum_of(row, c, from, end, scale, (std::min)(block, classes_ - end));
            references_[b] = found.reference;
            sums_[b] = found.sum;
        }
        whole_.reference = kernel::largest_number(references_.data(), references_.size());
        if (!is_finite(whole_.reference)) return whole_;
        kernel::make_exponentials(references_.data(), references_.size(), whole_.reference, scale);
        for (std::size_t b = 0; b < references_.size(); ++b)
            whole_.sum += sums_[b] = kernel::rounded(sums_[b] * references_[b]);
        return whole_;
    }
    /// A class of the row that `read` has read last, in the same way. u in [0, 1).
    template <class T>
    drawn_class draw_read(const T* row, const row_changes& c, double temperature, double u) {
        const double scale = 1.0 / temperature;
        std::size_t begin = 0, end = classes_;
        if (classes_ > part) {
            begin = block * choose(references_.size(), whole_.sum, u);
            end = (std::min)(begin + block, classes_);
        }
        if (end - begin > part) {
            const std::size_t parts = (end - begin + part - 1) / part;
            double reference = none, sum = 0.0;
            for (std::size_t i = 0; i < parts; ++i) {
                const std::size_t from = begin + i * part;
                const kernel::exponential_sum found =
                    sum_of(row, c, from, (std::min)(from + part, end), scale, 0);
                weights_[i] = found.reference;
                sums_[i] = found.sum;
                reference = (std::max)(reference, found.reference);
            }
            kernel::make_exponentials(weights_.data(), parts, reference, scale);
            for (std::size_t i = 0; i < parts; ++i)
                sum += sums_[i] = kernel::rounded(sums_[i] * weights_[i]);
            begin += part * choose(parts, sum, u);
            end = (std::min)(begin + part, end);
        }
        // The rest one by one, in double.
        const double most = read_part(row, c, begin, end);
        const drawn_class found = draw_of_part(end - begin, most, scale, u);
        const double away = kernel::exponential((most - whole_.reference) * scale);
        return {static_cast<int>(begin) + found.number,
                weights_[static_cast<std::size_t>(found.number)] * away / whole_.sum};
    }

    /// What is known of a row as a whole: in nats, and the difference of the two largest
    /// probabilities.
    struct summary {
        double entropy, margin;
    };
    /// With what is changed in it, and at this temperature (not 0). Of a row that is a
    /// distribution.
    template <class T>
    summary summary_of(const T* row, const row_changes& c, double temperature) {
        const double scale = 1.0 / temperature;
        double most = none, next = none, sum = 0.0, mean = 0.0;
        for (std::size_t from = 0; from < classes_; from += block) {
            const std::size_t end = (std::min)(from + block, classes_);
            const kernel::exponential_moments found = moments_of(row, c, from, end, scale);
            const double largest = found.of.reference;
            if (!is_finite(largest)) continue;
            next = (std::max)({next, found.next, (std::min)(most, largest)});
            if (largest > most) {
                // What was read before is farther away than it seemed.
                const double away = (most - largest) * scale,
                             weight = is_finite(most) ? kernel::exponential(away) : 0.0;
                mean = weight == 0 ? 0.0 : weight * (mean + kernel::rounded(sum * away));
                sum *= weight;
                most = largest;
            }
            const double away = (largest - most) * scale, weight = kernel::exponential(away);
            if (weight == 0) continue;
            const double more = found.mean + kernel::rounded(found.of.sum * away);
            mean += kernel::rounded(weight * more);
            sum += kernel::rounded(weight * found.of.sum);
        }
        return {std::log(sum) - mean / sum,
                (1.0 - kernel::exponential((next - most) * scale)) / sum};
    }

    /// Of a class, with what is changed in the row. Not a number if the row is no distribution.
    template <class T>
    double log_probability(const T* row, const row_changes& c, int number) {
        kernel::exponential_sum all;
        for (std::size_t from = 0; from < classes_; from += part) {
            const std::size_t end = (std::min)(from + part, classes_);
            read_part(row, c, from, end);
            all.add(kernel::sum_exponentials(weights_.data(), end - from, 1.0), 1.0);
        }
        if (!is_finite(all.reference)) return std::numeric_limits<double>::quiet_NaN();
        return logit(row, c, static_cast<std::size_t>(number)) - all.reference - std::log(all.sum);
    }

    /// exp(logit - the largest) of a whole row, with what is changed in it, and the largest. All
    /// not a number if one is none, or infinite; all 0 if all logits are minus infinity.
    template <class T>
    static double exponentials(const T* row, const row_changes& c, std::span<double> to) {
        double most = none;
        bool is_number = true;
        for (std::size_t i = 0; i < to.size(); ++i) {
            to[i] = logit(row, c, i);
            is_number = is_number && !is_nan(to[i]);
            most = (std::max)(most, to[i]);
        }
        if (is_number && is_finite(most)) {
            kernel::make_exponentials(to.data(), to.size(), most, 1.0);
            return most;
        }
        const bool is_none = is_number && most < 0;
        std::fill(to.begin(), to.end(), is_none ? 0.0 : std::numeric_limits<double>::quiet_NaN());
        return is_none ? 0.0 : std::numeric_limits<double>::quiet_NaN();
    }

private:
    static constexpr std::size_t block = 1024, part = 64;
    static constexpr double none = -std::numeric_limits<double>::infinity();

    struct weighed {
        double weight;
        int number;
    };

    template <class T>
    static double logit(const T* row, const row_changes& c, std::size_t i) {
        if (static_cast<int>(i) == c.excluded) return none;
        const double said = static_cast<double>(row[i]);
        return static_cast<int>(i) == c.weighted ? said + c.log_weight : said;
    }
    static bool is_inside(int i, std::size_t begin, std::size_t end) {
        return i >= 0 && static_cast<std::size_t>(i) >= begin && static_cast<std::size_t>(i) < end;
    }

    /// weights_ = the logits of a part. The largest; not a number if one is none.
    template <class T>
    double read_part(const T* row, const row_changes& c, std::size_t begin, std::size_t end) {
        double most = none;
        for (std::size_t i = begin; i < end; ++i) {
            const double l = static_cast<double>(row[i]);
            weights_[i - begin] = l;
            most = (std::max)(most, l);
        }
        if (!is_inside(c.excluded, begin, end) && !is_inside(c.weighted, begin, end)) return most;
        most = none;
        for (std::size_t i = begin; i < end; ++i)
            most = (std::max)(most, weights_[i - begin] = logit(row, c, i));
        return most;
    }

    /// f with a part of a row as it can be summed, and how much follows it: the row itself, or a
    /// copy without what is changed.
    template <class T, class F>
    auto with_summable(const T* row, const row_changes& c, std::size_t begin, std::size_t end,
                       std::size_t ahead, const F& f) {
        const bool changed = is_inside(c.excluded, begin, end) || is_inside(c.weighted, begin, end);
        if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>)
            if (!changed) return f(row + begin, ahead);
        using copy = std::conditional_t<std::is_same_v<T, float> || sizeof(T) == 2, float, double>;
        std::array<copy, block> copied;
        for (std::size_t i = begin; i < end; ++i) copied[i - begin] = static_cast<copy>(row[i]);
        if (changed)
            for (const int i : {c.excluded, c.weighted})
                if (is_inside(i, begin, end))
                    copied[static_cast<std::size_t>(i) - begin] = static_cast<copy>(none);
        return f(static_cast<const copy*>(copied.data()), std::size_t{0});
    }
    template <class T>
    kernel::exponential_sum sum_of(const T* row, const row_changes& c, std::size_t begin,
                                   std::size_t end, double scale, std::size_t ahead) {
        auto sum =
            with_summable(row, c, begin, end, ahead, [&](const auto* from, std::size_t next) {
                if constexpr (std::is_same_v<decltype(from), const float*>)
                    if (scale == 1.0) return kernel::sum_exponentials_once(from, end - begin, next);
                return kernel::sum_exponentials(from, end - begin, scale, next);
            });
        if (is_inside(c.weighted, begin, end) && c.weighted != c.excluded)
            sum.add({logit(row, c, static_cast<std::size_t>(c.weighted)), 1.0}, scale);
        return sum;
    }
    template <class T>
    kernel::exponential_moments moments_of(const T* row, const row_changes& c, std::size_t begin,
                                           std::size_t end, double scale) {
        if (is_inside(c.excluded, begin, end) || is_inside(c.weighted, begin, end)) {
            std::array<double, block> copied;
            for (std::size_t i = begin; i < end; ++i) copied[i - begin] = logit(row, c, i);
            return kernel::exponential_moments_of(copied.data(), end - begin, scale);
        }
        return with_summable(row, c, begin, end, 0, [&](const auto* from, std::size_t) {
            return kernel::exponential_moments_of(from, end - begin, scale);
        });
    }

    /// Of the first `count` of sums_, whose sum is given, the one in which u of the way through
    /// them lies; u is then the way through that one.
    std::size_t choose(std::size_t count, double sum, double& u) const {
        double left = kernel::rounded(u * sum);
        std::size_t i = 0;
        while (i + 1 < count && left >= sums_[i]) left -= sums_[i++];
        // Rounding may leave a little more than there is: then it is the last one with a weight.
        while (sums_[i] == 0) --i;
        u = (std::min)(left / sums_[i], 1.0);
        return i;
    }

    /// Of the `count` logits in weights_, whose largest is given. Makes weights of them.
    drawn_class draw_of_part(std::size_t count, double most, double scale, double u) {
        kernel::make_exponentials(weights_.data(), count, most, scale);
        double total = 0.0;
        for (std::size_t i = 0; i < count; ++i) total += weights_[i];
        double left = kernel::rounded(u * total);
        std::size_t chosen = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (weights_[i] == 0) continue;
            chosen = i;
            if (left < weights_[i]) break;
            left -= weights_[i];
        }
        return {static_cast<int>(chosen), weights_[chosen] / total};
    }

    template <class T>
    drawn_class draw_of_all(const T* row, const row_changes& c, double temperature, double u) {
        if (classes_ <= part) {
            read_part(row, c, 0, classes_);
            const double most = kernel::largest_number(weights_.data(), classes_);
            return is_finite(most) ? draw_of_part(classes_, most, 1.0 / temperature, u)
                                   : drawn_class{};
        }
        if (!is_finite(read(row, c, temperature).reference)) return {};
        return draw_read(row, c, temperature, u);
    }

    template <class T>
    drawn_class likeliest(const T* row, const row_changes& c) {
        const kernel::exponential_sum all = read(row, c, 1.0);
        if (!is_finite(all.reference)) return {};
        find_largest_of_parts(row, c);
        const auto of_part = std::max_element(part_largest_.begin(), part_largest_.end());
        std::size_t i = part * static_cast<std::size_t>(of_part - part_largest_.begin());
        while (logit(row, c, i) != *of_part) ++i;
        return {static_cast<int>(i), kernel::exponential(*of_part - all.reference) / all.sum};
    }

    /// Of the classes in the order of their weights, of equal ones the first class first. Only
    /// those are ordered that may be among the likeliest.
    template <class T>
    drawn_class draw_of_likeliest(const T* row, const row_changes& c, const draw_options& how,
                                  double u) {
        const kernel::exponential_sum all = read(row, c, how.temperature);
        if (!is_finite(all.reference)) return {};
        find_largest_of_parts(row, c);
        const std::size_t parts = part_largest_.size();
        const bool by_number = how.top_k > 0 && static_cast<std::size_t>(how.top_k) < classes_;
        const std::size_t k = by_number ? static_cast<std::size_t>(how.top_k) : classes_;
        double least = none;
        if (by_number && k <= parts) {
            // As many parts have a logit as large as this one.
            bounds_ = part_largest_;
            const auto at = bounds_.begin() + static_cast<std::ptrdiff_t>(k - 1);
            std::nth_element(bounds_.begin(), at, bounds_.end(), std::greater<>{});
            least = *at;
        } else if (!by_number && classes_ > part) {
            // All that are less have together less than 1 - top_p.
            least = all.reference + how.temperature * std::log(0.99 * (1.0 - how.top_p) * all.sum /
                                                               static_cast<double>(classes_));
        }
        collect(row, c, least, all.reference, 1.0 / how.temperature);

        std::size_t kept = order_.size();
        if (k < kept) {
            std::nth_element(order_.begin(), place(k - 1), order_.end(), comes_before);
            kept = k;
        }
        double of_kept = all.sum;
        if (by_number || least == none) of_kept = sum_of_order(kept);
        if (how.top_p < 1) {
            double before = 0.0;
            kept = 1 + reach(kept, how.top_p * of_kept, false, before);
            of_kept = before + order_[kept - 1].weight;
        }
        double before = 0.0;
        const std::size_t i = reach(kept, u * of_kept, true, before);
        return {order_[i].number, order_[i].weight / all.sum};
    }

    static bool comes_before(const weighed& a, const weighed& b) {
        return a.weight > b.weight || (a.weight == b.weight && b.number > a.number);
    }
    std::vector<weighed>::iterator place(std::size_t i) {
        return order_.begin() + static_cast<std::ptrdiff_t>(i);
    }
    double sum_of_order(std::size_t count) const {
        double sum = 0.0;
        for (std::size_t i = 0; i < count; ++i) sum += order_[i].weight;
        return sum;
    }

    template <class T>
    double largest_of(const T* row, const row_changes& c, std::size_t begin, std::size_t end) {
        const double most =
            with_summable(row, c, begin, end, 0, [&](const auto* from, std::size_t) {
                return static_cast<double>(kernel::largest_number(from, end - begin));
            });
        return is_inside(c.weighted, begin, end)
                   ? (std::max)(most, logit(row, c, static_cast<std::size_t>(c.weighted)))
                   : most;
    }

    template <class T>
    void find_largest_of_parts(const T* row, const row_changes& c) {
        part_largest_.resize((classes_ + part - 1) / part);
        for (std::size_t i = 0; i < part_largest_.size(); ++i)
            part_largest_[i] = largest_of(row, c, i * part, (std::min)((i + 1) * part, classes_));
    }

    /// order_ = the classes whose logits are `least` or more.
    template <class T>
    void collect(const T* row, const row_changes& c, double least, double reference, double scale) {
        order_.clear();
        order_.reserve(classes_);
        std::array<int, part> numbers;
        for (std::size_t p = 0; p < part_largest_.size(); ++p) {
            if (part_largest_[p] < least) continue;
            const std::size_t begin = p * part, end = (std::min)(begin + part, classes_);
            std::size_t count = 0;
            for (std::size_t i = begin; i < end; ++i) {
                const double l = logit(row, c, i);
                weights_[count] = l;
                numbers[count] = static_cast<int>(i);
                count += l >= least;
            }
            kernel::make_exponentials(weights_.data(), count, reference, scale);
            for (std::size_t i = 0; i < count; ++i) order_.push_back({weights_[i], numbers[i]});
        }
    }

    /// Of the first `count` of order_ as if they were sorted, the place where the sum of the
    /// weights reaches, or passes, what is wanted; `before` is the sum before it. Where rounding
    /// leaves a little less than there is, the last one with a weight. Sorts only around it.
    std::size_t reach(std::size_t count, double wanted, bool passes, double& before) {
        const auto is_there = [&](double sum) { return passes ? sum > wanted : sum >= wanted; };
        std::size_t first = 0, end = count;
        before = 0.0;
        while (end - first > part) {
            const std::size_t middle = first + (end - first) / 2;
            std::nth_element(place(first), place(middle), place(end), comes_before);
            double sum = before;
            for (std::size_t i = first; i < middle; ++i) sum += order_[i].weight;
            if (is_there(sum)) {
                end = middle;
            } else {
                before = sum;
                first = middle;
            }
        }
        std::sort(place(first), place(end), comes_before);
        while (first + 1 < end && !is_there(before + order_[first].weight))
            before += order_[first++].weight;
        while (order_[first].weight == 0) before -= order_[--first].weight;
        return first;
    }

    std::size_t classes_;
    kernel::exponential_sum whole_;
    std::vector<double> references_, sums_;      // of the blocks
    std::vector<double> part_largest_, bounds_;  // of the parts, where the likeliest are asked for
    std::array<double, part> weights_{};
    std::vector<weighed> order_;
};

}  // namespace detail
}  // namespace fokker::discrete
