/// Draws of a class from a row of logits, by the inverse of the distribution function.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
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

/// Reads a row once, in blocks whose sums it keeps to 3e-7 of each; then the block of the class
/// again, in smaller parts, and the part of the class in double. So no class is lost, however rare:
/// the uniform number has 53 bits, and what is rounded in a block is not taken from another one.
class row_reader {
public:
    /// For rows of this many classes.
    explicit row_reader(std::size_t classes)
        : classes_(classes), blocks_(std::max((classes + block - 1) / block, block / part)) {}

    std::size_t classes() const { return classes_; }

    /// u in [0, 1). number = -1: the row is no distribution, as it has a NaN or +inf, or no weight.
    template <class T>
    drawn_class draw(const T* row, const row_changes& changes, const draw_options& how, double u) {
        return how.temperature == 0             ? likeliest(row, changes)
               : how.top_k > 0 || how.top_p < 1 ? draw_of_likeliest(row, changes, how, u)
                                                : draw_of_all(row, changes, how.temperature, u);
    }

    /// What is known of a row as a whole: in nats, and the difference of the two largest
    /// probabilities.
    struct summary {
        double entropy, margin;
    };
    /// With what is changed in it, and at this temperature (not 0). Of a row that is a
    /// distribution.
    template <class T>
    static summary summary_of(const T* row, std::size_t classes, const row_changes& c,
                              double temperature) {
        double most = none, next = none, sum = 0.0, mean = 0.0;
        for (std::size_t i = 0; i < classes; ++i) {
            const double l = logit(row, c, i);
            if (l > most) {
                next = most;
                most = l;
            } else {
                next = std::max(next, l);
            }
        }
        for (std::size_t i = 0; i < classes; ++i) {
            const double away = (logit(row, c, i) - most) / temperature, weight = std::exp(away);
            sum += weight;
            if (weight > 0) mean += weight * away;
        }
        return {std::log(sum) - mean / sum, (1.0 - std::exp((next - most) / temperature)) / sum};
    }

    /// Of a class, with what is changed in the row. Not a number if the row is no distribution.
    template <class T>
    static double log_probability(const T* row, std::size_t classes, const row_changes& c,
                                  int number) {
        double most = none, sum = 0.0;
        bool is_number = true;
        for (std::size_t i = 0; i < classes; ++i) {
            const double l = logit(row, c, i);
            is_number = is_number && !is_nan(l);
            most = std::max(most, l);
        }
        if (!is_number || !is_finite(most)) return std::numeric_limits<double>::quiet_NaN();
        for (std::size_t i = 0; i < classes; ++i) sum += std::exp(logit(row, c, i) - most);
        return logit(row, c, static_cast<std::size_t>(number)) - most - std::log(sum);
    }

    /// exp(logit - the largest) of a whole row, with what is changed in it; all not a number if one
    /// is none.
    template <class T>
    static void exponentials(const T* row, const row_changes& c, std::span<double> to) {
        double most = none;
        bool is_number = true;
        for (std::size_t i = 0; i < to.size(); ++i) {
            to[i] = logit(row, c, i);
            is_number = is_number && !is_nan(to[i]);
            most = std::max(most, to[i]);
        }
        is_number = is_number && is_finite(most);
        for (double& each : to)
            each = is_number ? std::exp(each - most) : std::numeric_limits<double>::quiet_NaN();
    }

private:
    static constexpr std::size_t block = 512, part = 32;
    static constexpr double none = -std::numeric_limits<double>::infinity();

    template <class T>
    static double logit(const T* row, const row_changes& c, std::size_t i) {
        if (static_cast<int>(i) == c.excluded) return none;
        const double said = static_cast<double>(row[i]);
        return static_cast<int>(i) == c.weighted ? said + c.log_weight : said;
    }
    static bool is_changed(const row_changes& c, std::size_t begin, std::size_t end) {
        const auto inside = [=](int i) {
            return i >= 0 && static_cast<std::size_t>(i) >= begin &&
                   static_cast<std::size_t>(i) < end;
        };
        return inside(c.excluded) || inside(c.weighted);
    }

    template <class T>
    kernel::exponential_sum sum_of(const T* row, const row_changes& c, std::size_t begin,
                                   std::size_t end, double scale) {
        if (!is_changed(c, begin, end))
            return kernel::sum_exponentials(row + begin, end - begin, scale);
        for (std::size_t i = begin; i < end; ++i) weights_[i - begin] = logit(row, c, i);
        return kernel::sum_exponentials(weights_.data(), end - begin, scale);
    }

    /// Of the blocks from `begin` on, `width` classes each, the one in which u of the way through
    /// them lies; u is then the way through that block.
    template <class T>
    std::size_t find_block(const T* row, const row_changes& c, std::size_t begin, std::size_t end,
                           std::size_t width, double scale, double& u,
                           kernel::exponential_sum& all) {
        const std::size_t count = (end - begin + width - 1) / width;
        all = {none, 0.0};
        for (std::size_t b = 0; b < count; ++b) {
            const std::size_t from = begin + b * width;
            blocks_[b] = sum_of(row, c, from, std::min(from + width, end), scale);
            if (is_nan(blocks_[b].largest)) {
                all.largest = blocks_[b].largest;
                return begin;
            }
            all.largest = std::max(all.largest, blocks_[b].largest);
        }
        if (!is_finite(all.largest)) return begin;
        for (std::size_t b = 0; b < count; ++b) {
            blocks_[b].sum *= std::exp((blocks_[b].largest - all.largest) * scale);
            all.sum += blocks_[b].sum;
        }
        double left = u * all.sum;
        std::size_t b = 0;
        while (b + 1 < count && left >= blocks_[b].sum) left -= blocks_[b++].sum;
        // Rounding may leave a little more than there is: then it is the last class with a weight.
        while (blocks_[b].sum == 0) --b;
        u = std::min(left / blocks_[b].sum, 1.0);
        return begin + b * width;
    }

    template <class T>
    drawn_class draw_of_all(const T* row, const row_changes& c, double temperature, double u) {
        const double scale = 1.0 / temperature;
        std::size_t begin = 0, end = classes_;
        kernel::exponential_sum all{}, inner{};
        bool is_first = true;
        for (const std::size_t width : {block, part}) {
            if (end - begin <= width) continue;
            begin = find_block(row, c, begin, end, width, scale, u, is_first ? all : inner);
            if (!is_finite(is_first ? all.largest : inner.largest)) return {};
            end = std::min(begin + width, end);
            is_first = false;
        }
        // The rest one by one, in double.
        double most = none, total = 0.0;
        for (std::size_t i = begin; i < end; ++i) {
            const double l = logit(row, c, i);
            if (is_nan(l)) return {};
            weights_[i - begin] = l;
            most = std::max(most, l);
        }
        if (!is_finite(most)) return {};
        for (std::size_t i = begin; i < end; ++i) {
            double& weight = weights_[i - begin];
            weight = std::exp((weight - most) * scale);
            total += weight;
        }
        double left = u * total;
        std::size_t chosen = end;
        for (std::size_t i = begin; i < end; ++i) {
            if (weights_[i - begin] == 0) continue;
            chosen = i;
            if (left < weights_[i - begin]) break;
            left -= weights_[i - begin];
        }
        const double weight = weights_[chosen - begin];
        return {
            static_cast<int>(chosen),
            is_first ? weight / total : weight * std::exp((most - all.largest) * scale) / all.sum};
    }

    template <class T>
    drawn_class likeliest(const T* row, const row_changes& c) {
        drawn_class found;
        double most = none, sum = 0.0;
        for (std::size_t i = 0; i < classes_; ++i) {
            const double l = logit(row, c, i);
            if (is_nan(l)) return {};
            if (l > most) {
                sum = found.number < 0 ? 0.0 : sum * std::exp(most - l);
                most = l;
                found.number = static_cast<int>(i);
            }
            if (is_finite(l)) sum += std::exp(l - most);
        }
        if (!is_finite(most)) return {};
        found.probability = 1.0 / sum;
        return found;
    }

    /// By all logits in the order of their size, of equal ones the first class first.
    template <class T>
    drawn_class draw_of_likeliest(const T* row, const row_changes& c, const draw_options& how,
                                  double u) {
        order_.clear();
        order_.reserve(classes_);
        double most = none;
        for (std::size_t i = 0; i < classes_; ++i) {
            const double l = logit(row, c, i);
            if (is_nan(l)) return {};
            most = std::max(most, l);
            order_.push_back({l, static_cast<int>(i)});
        }
        if (!is_finite(most)) return {};
        double whole = 0.0;
        for (auto& each : order_)
            whole += each.weight = std::exp((each.weight - most) / how.temperature);
        std::sort(order_.begin(), order_.end(), [](const auto& a, const auto& b) {
            return a.weight > b.weight || (a.weight == b.weight && b.number > a.number);
        });
        std::size_t kept =
            how.top_k > 0 ? std::min(classes_, static_cast<std::size_t>(how.top_k)) : classes_;
        double of_kept = 0.0;
        for (std::size_t i = 0; i < kept; ++i) of_kept += order_[i].weight;
        if (how.top_p < 1) {
            double sum = 0.0;
            std::size_t n = 0;
            while (n < kept && sum < how.top_p * of_kept) sum += order_[n++].weight;
            kept = n;
            of_kept = sum;
        }
        double left = u * of_kept;
        std::size_t i = 0;
        while (i + 1 < kept && left >= order_[i].weight) left -= order_[i++].weight;
        while (order_[i].weight == 0) --i;
        return {order_[i].number, order_[i].weight / whole};
    }

    struct weighed {
        double weight;
        int number;
    };

    std::size_t classes_;
    std::vector<kernel::exponential_sum> blocks_;
    std::array<double, block> weights_{};
    std::vector<weighed> order_;
};

}  // namespace detail
}  // namespace fokker::discrete
