/// Which of a model's inputs and outputs a walk reads and writes, and what may be put there: the
/// same for every inference engine.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/engine/port.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::engine {

/// What a network takes as its time: `described` is what the model says of its input; `none` is a
/// network without one.
enum class label_type { described, none, floating, integer };

/// How many labels it takes: a number without axes, a list of one, or a list of one for each sample
/// (with the same label for all of them).
enum class label_count { described, scalar, one, each_sample };

/// Which input is the state, which is the time, and which output is the prediction. A name may stay
/// empty where the model leaves no choice: the only output; the only input of that output's shape;
/// the only other input of at most one number a sample. All other inputs are set by name.
struct ports {
    std::string x = {}, time = {}, out = {};
    /// Of one sample, such as {4, 64, 64}: where the model leaves more open than the number of
    /// samples.
    std::vector<std::int64_t> shape = {};
    label_type label = label_type::described;
    label_count labels = label_count::described;
    /// Rounds labels to the nearest integer for a time of integers, which is otherwise refused
    /// where a label is not whole.
    bool round_labels = false;
};

namespace detail {

/// An input of one number, or of the same number for each sample: the time, or a scale.
class number_input {
public:
    number_input() = default;
    number_input(const port& p, label_count count, element_type type) : name_(p.name), type_(type) {
        if (count == label_count::scalar) return;
        shape_.assign(std::max<std::size_t>(p.shape.size(), 1), 1);
        if (count == label_count::one) return;
        axis_ = 0;
        while (axis_ + 1 < p.shape.size() && p.shape[axis_] == 1) ++axis_;
        if (axis_ < p.shape.size()) fixed_ = p.shape[axis_];
    }

    /// Whether the numbers differ from those before, or are elsewhere. Throws fokker::error for a
    /// fraction where the input takes integers.
    bool fill(double value, std::size_t samples, bool round) {
        const std::size_t count = axis_ == none ? 1 : samples;
        if (count == count_ && value == value_) return false;
        const double whole = std::round(value);
        check(value, whole, samples, round);
        if (axis_ != none) shape_[axis_] = static_cast<std::int64_t>(samples);
        numbers_.resize(count);  // of 8 bytes each, which is enough for every type
        count_ = count;
        value_ = value;
        switch (type_) {
            case element_type::float64:
                write(value);
                break;
            case element_type::float16:
                write(Eigen::half(static_cast<float>(value)));
                break;
            case element_type::bfloat16:
                write(Eigen::bfloat16(static_cast<float>(value)));
                break;
            case element_type::int32:
                write(static_cast<std::int32_t>(whole));
                break;
            case element_type::int64:
                write(static_cast<std::int64_t>(whole));
                break;
            default:
                write(static_cast<float>(value));
        }
        return true;
    }

    /// The numbers are not bound: the next fill() says so.
    void forget() { count_ = 0; }

    const void* data() const { return numbers_.data(); }
    element_type type() const { return type_; }
    std::span<const std::int64_t> shape() const { return shape_; }

private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    void check(double value, double whole, std::size_t samples, bool round) const {
        if (axis_ != none && fixed_ >= 0 && static_cast<std::size_t>(fixed_) != samples)
            fokker::detail::refuse("the input '", name_, "' of the model takes ", fixed_,
                                   " numbers, and the batch has ", samples, " samples");
        if (!is_integer(type_)) return;
        if (!fokker::detail::is_finite(value))
            fokker::detail::refuse("the input '", name_, "' of the model takes ", words_of(type_),
                                   ", and was given ", value);
        if (!round && std::abs(value - whole) > 1e-9 * (1.0 + std::abs(value)))
            fokker::detail::refuse(
                "the input '", name_, "' of the model takes ", words_of(type_), ", and ", value,
                " is not whole; round labels by .round_labels = true, or take a grid and a solver "
                "that ask for whole times only, such as fokker::trailing(schedule, 50) and "
                "fokker::dpm_solver_pp_2m");
        const double largest = type_ == element_type::int32 ? 2147483647.0 : 9007199254740992.0;
        if (std::abs(whole) > largest)
            fokker::detail::refuse("the input '", name_, "' of the model takes ", words_of(type_),
                                   ", and ", value, " is too large for it");
    }

    template <class T>
    void write(T value) {
        std::byte* const to = reinterpret_cast<std::byte*>(numbers_.data());
        for (std::size_t i = 0; i < count_; ++i)
            std::memcpy(to + i * sizeof value, &value, sizeof value);
    }

    std::string name_;
    element_type type_ = element_type::float32;
    std::vector<std::int64_t> shape_;
    std::size_t axis_ = none;         // of the samples
    std::int64_t fixed_ = open_size;  // how many of them the model takes
    std::vector<std::int64_t> numbers_;
    std::size_t count_ = 0;
    double value_ = 0.0;
};

/// The ports of a model that a walk uses, found and checked once, and what is asked of each call.
class wiring {
public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    /// Throws fokker::error, with all inputs and outputs in its words, where a port is not there,
    /// where there is a choice, and where shapes or types do not fit a walk.
    wiring(ports wanted, std::vector<port> inputs, std::vector<port> outputs)
        : wanted_(std::move(wanted)), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
        find_out();
        find_x();
        find_time();
        take_shapes();
        take_label();
    }

    const std::vector<port>& inputs() const { return inputs_; }
    const std::vector<port>& outputs() const { return outputs_; }
    std::size_t x() const { return x_; }
    std::size_t time() const { return time_; }  // or none
    std::size_t out() const { return out_; }

    /// The input of a name that is neither the state nor the time.
    std::size_t extra(const std::string& name) const {
        const std::size_t i = place_in(inputs_, name);
        fokker::detail::require(i != none, "the model has no input '", name, "'; its inputs are ",
                                words_of(inputs_));
        fokker::detail::require(i != x_ && i != time_, "the input '", name,
                                "' is set by the walk; only other inputs have values of their own");
        return i;
    }

    /// What the array of a call must be. Returns its number of samples.
    std::size_t check(element_type type, const array_shape& state) const {
        const port& in = inputs_[x_];
        for (const bool is_output : {false, true}) {
            const port& p = is_output ? outputs_[out_] : in;
            if (p.type != element_type::undescribed && p.type != type) [[unlikely]]
                fokker::detail::refuse("the ", is_output ? "output '" : "input '", p.name,
                                       "' of the model is ", words_of(p.type),
                                       ", and the state is ", words_of(type), "; take a state of ",
                                       cpp_words_of(p.type),
                                       ", or call the network from a callable of yours that "
                                       "converts");
        }
        const std::size_t samples = state.size() / elements_;
        if (samples == 0 || samples * elements_ != state.size() ||
            (state.samples != 1 && state.elements != elements_)) [[unlikely]]
            fokker::detail::refuse(
                "the input '", in.name, "' of the model takes samples of ", elements_, " numbers, ",
                words_of(std::span(x_shape_).subspan(1)), ", and the state has ", state.samples,
                state.samples == 1 ? " sample of " : " samples of ", state.elements, " numbers");
        if (batch_ >= 0 && samples != static_cast<std::size_t>(batch_)) [[unlikely]]
            fokker::detail::refuse("the input '", in.name, "' of the model takes ", batch_,
                                   " samples at a time, ", words_of(in.shape),
                                   ", and the state has ", samples);
        return samples;
    }

    /// The shapes of a call with so many samples.
    std::span<const std::int64_t> x_shape(std::size_t samples) {
        x_shape_[0] = static_cast<std::int64_t>(samples);
        return x_shape_;
    }
    std::span<const std::int64_t> out_shape(std::size_t samples) {
        out_shape_[0] = static_cast<std::int64_t>(samples);
        return out_shape_;
    }

    number_input& label() { return label_; }
    bool round_labels() const { return wanted_.round_labels; }

    /// How many numbers an input takes that gets one for each sample, or one.
    static label_count count_of_labels(const port& p) {
        if (!p.has_shape || p.shape.empty())
            return p.has_shape ? label_count::scalar : label_count::each_sample;
        return std::all_of(p.shape.begin(), p.shape.end(),
                           [](std::int64_t size) { return size == 1; })
                   ? label_count::one
                   : label_count::each_sample;
    }
    /// Whether an input takes at most one number a sample.
    static bool is_list(const port& p) {
        return !p.has_shape || std::count_if(p.shape.begin(), p.shape.end(),
                                             [](std::int64_t size) { return size != 1; }) <= 1;
    }

private:
    static std::size_t place_in(const std::vector<port>& all, const std::string& name) {
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const port& p) { return p.name == name; });
        return found == all.end() ? none : static_cast<std::size_t>(found - all.begin());
    }
    /// Whether two shapes may be the same.
    static bool agree(const port& a, const port& b) {
        return !a.has_shape || !b.has_shape ||
               std::equal(a.shape.begin(), a.shape.end(), b.shape.begin(), b.shape.end(),
                          [](std::int64_t n, std::int64_t m) { return n < 0 || m < 0 || n == m; });
    }
    std::string all_words() const {
        return fokker::detail::sentence({"the model has the inputs ", words_of(inputs_),
                                         " and the outputs ", words_of(outputs_)});
    }

    /// The place of a port by its name, or of the only one that may be meant.
    template <class May>
    std::size_t find(const std::vector<port>& all, const std::string& name, const char* kind,
                     const char* member, const May& may) const {
        if (!name.empty()) {
            const std::size_t place = place_in(all, name);
            fokker::detail::require(place != none, "the model has no ", kind, " '", name, "'; ",
                                    all_words());
            return place;
        }
        std::size_t found = none, count = 0;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (may(i) && count++ == 0) found = i;
        fokker::detail::require(count <= 1, "the model has ", count, " ", kind, "s that can be ",
                                member, "; name it, as in {.", member, " = \"",
                                count > 1 ? all[found].name : std::string(), "\"}; ", all_words());
        return found;
    }

    void find_out() {
        out_ = find(outputs_, wanted_.out, "output", "out", [](std::size_t) { return true; });
        fokker::detail::require(out_ != none, "the model has no output; ", all_words());
    }
    void find_x() {
        const std::size_t time = wanted_.time.empty() ? none : place_in(inputs_, wanted_.time);
        const auto may = [&](std::size_t i) {
            return i != time &&
                   (is_floating(inputs_[i].type) || inputs_[i].type == element_type::undescribed);
        };
        // Of the output's shape; where none has that, of more than one number a sample.
        const auto fits = [&](std::size_t i) {
            return may(i) && inputs_[i].has_shape && !inputs_[i].shape.empty() &&
                   agree(inputs_[i], outputs_[out_]);
        };
        const auto is_large = [&](std::size_t i) { return may(i) && !is_list(inputs_[i]); };
        const auto any = [&](const auto& meant) {
            for (std::size_t i = 0; i < inputs_.size(); ++i)
                if (meant(i)) return true;
            return false;
        };
        if (any(fits))
            x_ = find(inputs_, wanted_.x, "input", "x", fits);
        else if (any(is_large))
            x_ = find(inputs_, wanted_.x, "input", "x", is_large);
        else
            x_ = find(inputs_, wanted_.x, "input", "x", may);
        fokker::detail::require(x_ != none, "the model has no input that can be x; ", all_words());
        fokker::detail::require(x_ != time, "the input '", wanted_.time,
                                "' cannot be both x and time");
    }
    void find_time() {
        if (wanted_.label == label_type::none) {
            fokker::detail::require(wanted_.time.empty(),
                                    "the label is of the type none, so the "
                                    "input '",
                                    wanted_.time, "' cannot be the time");
            return;
        }
        time_ = find(inputs_, wanted_.time, "input", "time", [&](std::size_t i) {
            const port& p = inputs_[i];
            return i != x_ && !p.is_optional && is_list(p) &&
                   (is_floating(p.type) || is_integer(p.type) ||
                    p.type == element_type::undescribed);
        });
        fokker::detail::require(time_ != none || wanted_.label == label_type::described,
                                "the model has no input that can be time; ", all_words());
    }

    void take_shapes() {
        const port &in = inputs_[x_], &to = outputs_[out_];
        fokker::detail::require(in.has_shape || !wanted_.shape.empty(),
                                "the model does not say "
                                "the shape of its input '",
                                in.name,
                                "'; say that of one sample, "
                                "as in {.shape = {4, 64, 64}}");
        x_shape_ = in.shape;
        if (!in.has_shape) x_shape_.assign(wanted_.shape.size() + 1, open_size);
        fokker::detail::require(!x_shape_.empty(), "the input ", words_of(in),
                                " of the model has no axis for the samples");
        batch_ = x_shape_[0];
        if (!wanted_.shape.empty()) {
            fokker::detail::require(wanted_.shape.size() + 1 == x_shape_.size(), "the shape ",
                                    words_of(std::span(wanted_.shape)),
                                    " of one sample does not "
                                    "fit the input ",
                                    words_of(in), " of the model");
            for (std::size_t i = 1; i < x_shape_.size(); ++i) {
                fokker::detail::require(
                    wanted_.shape[i - 1] > 0 &&
                        (x_shape_[i] < 0 || x_shape_[i] == wanted_.shape[i - 1]),
                    "the shape ", words_of(std::span(wanted_.shape)),
                    " of one sample does not "
                    "fit the input ",
                    words_of(in), " of the model");
                x_shape_[i] = wanted_.shape[i - 1];
            }
        }
        const auto sample = std::span(x_shape_).subspan(1);
        fokker::detail::require(
            std::all_of(sample.begin(), sample.end(), [](std::int64_t size) { return size > 0; }),
            "the model leaves more open than the number of samples: ", words_of(in),
            "; say the shape of one sample, as in {.shape = {4, 64, 64}}");
        elements_ = count_of(sample);

        out_shape_ = x_shape_;
        if (!to.has_shape) return;
        out_shape_ = to.shape;
        if (out_shape_.size() == x_shape_.size())
            for (std::size_t i = 1; i < out_shape_.size(); ++i)
                if (out_shape_[i] < 0) out_shape_[i] = x_shape_[i];
        const auto result = std::span(out_shape_).subspan(out_shape_.empty() ? 0 : 1);
        fokker::detail::require(
            !out_shape_.empty() &&
                std::all_of(result.begin(), result.end(),
                            [](std::int64_t size) { return size > 0; }) &&
                count_of(result) == elements_,
            "the output ", words_of(to), " of the model has another size than its input ",
            words_of(in),
            "; a network that returns more than its prediction, such as a learned "
            "variance, is called from a callable of yours that takes its results apart");
    }

    void take_label() {
        if (time_ == none) return;
        const port& p = inputs_[time_];
        element_type type = p.type;
        fokker::detail::require(
            is_floating(type) || is_integer(type) || type == element_type::undescribed,
            "the input ", words_of(p), " of the model cannot be the time");
        fokker::detail::require(is_list(p), "the input ", words_of(p),
                                " of the model cannot be the "
                                "time: it takes more than one number a sample");
        const bool agrees = type == element_type::undescribed ||
                            wanted_.label == label_type::described ||
                            is_integer(type) == (wanted_.label == label_type::integer);
        fokker::detail::require(agrees, "the label was said to be ",
                                wanted_.label == label_type::integer ? "integer" : "floating",
                                ", and the input of the model is ", words_of(p));
        if (type == element_type::undescribed)
            type =
                wanted_.label == label_type::integer ? element_type::int64 : element_type::float32;
        const label_count count =
            wanted_.labels == label_count::described ? count_of_labels(p) : wanted_.labels;
        fokker::detail::require(!p.has_shape || (count == label_count::scalar) == p.shape.empty(),
                                "the number of labels that was asked for does not fit the input ",
                                words_of(p), " of the model");
        label_ = number_input(p, count, type);
    }

    ports wanted_;
    std::vector<port> inputs_, outputs_;
    std::size_t x_ = none, time_ = none, out_ = none;
    std::vector<std::int64_t> x_shape_, out_shape_;
    std::int64_t batch_ = open_size;
    std::size_t elements_ = 0;  // of one sample
    number_input label_;
};

}  // namespace detail

}  // namespace fokker::engine

FOKKER_END_MAY_SHADOW
