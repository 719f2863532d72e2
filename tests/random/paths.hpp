/// All paths and schedules, with parameters that are extreme and legal. A new one is an entry of
/// `all_paths`.
#pragma once

#include <cmath>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/path.hpp>
#include <fokker/path/retimed.hpp>

#include "dice.hpp"

namespace fokker_random {

/// A continuous path of any type, so that what is laid over paths is compiled for one.
class any_path {
public:
    template <class Path>
    any_path(const Path& path)
        : functions_(std::make_shared<const held<Path>>(path)), prior_(path.starts_from()) {}

    fokker::knot at(double t) const { return functions_->at(t); }
    double time(double lambda) const { return functions_->time(lambda); }
    double first_time() const { return functions_->first_time(); }
    double last_time() const { return functions_->last_time(); }
    fokker::prior starts_from() const { return prior_; }

private:
    struct functions {
        virtual ~functions() = default;
        virtual fokker::knot at(double t) const = 0;
        virtual double time(double lambda) const = 0;
        virtual double first_time() const = 0;
        virtual double last_time() const = 0;
    };
    template <class Path>
    struct held final : functions {
        explicit held(const Path& p) : path(p) {}
        fokker::knot at(double t) const override { return path.at(t); }
        double time(double lambda) const override { return path.time(lambda); }
        double first_time() const override { return path.first_time(); }
        double last_time() const override { return path.last_time(); }
        Path path;
    };

    std::shared_ptr<const functions> functions_;
    fokker::prior prior_;
};

using drawn_path = std::variant<any_path, fokker::discrete_schedule>;

struct path_entry {
    std::string_view name;
    drawn_path (*make)(draw&);
};

/// A schedule that another one is made of.
inline fokker::discrete_schedule plain_schedule(draw& d) {
    const int steps = d.count("steps", d.of({1, 2, 3, 10, 50, 100, 1000}));
    if (d.one_in(2))
        return fokker::linear_schedule(steps, 1e-4, d.number("last", d.real(0.01, 0.5)));
    return fokker::cosine_schedule(steps);
}

/// Time labels and interpolation of any schedule.
inline drawn_path read_somehow(draw& d, const fokker::discrete_schedule& schedule) {
    using fokker::interpolation, fokker::time_label;
    const auto rule =
        d.of({interpolation::log_sigma, interpolation::log_alpha, interpolation::sigma});
    const auto label = d.of({time_label::fraction, time_label::rounded, time_label::truncated});
    d.note("rule", int(rule));
    d.note("label", int(label));
    return schedule.interpolated(rule).labelled(label);
}

inline int training_steps(draw& d) {
    return d.count("training", d.of({1, 2, 3, 7, 20, 100, 1000, 1000, 1000}));
}

inline constexpr path_entry all_paths[] = {
    {"vp_path",
     [](draw& d) -> drawn_path {
         const double low = d.one_in(4) ? 0.0 : d.size(1e-3, 5);
         return any_path(fokker::vp_path{d.number("beta_min", low),
                                         d.number("beta_max", low + d.size(0.01, 100)),
                                         d.number("time_min", d.size(1e-6, 0.1))});
     }},
    {"sub_vp_path",
     [](draw& d) -> drawn_path {
         const double low = d.one_in(4) ? 0.0 : d.size(1e-3, 5);
         return any_path(fokker::sub_vp_path{d.number("beta_min", low),
                                             d.number("beta_max", low + d.size(0.01, 100)),
                                             d.number("time_min", d.size(1e-6, 0.1))});
     }},
    {"ve_path",
     [](draw& d) -> drawn_path {
         const double low = d.size(1e-6, 1);
         return any_path(fokker::ve_path{d.number("sigma_min", low),
                                         d.number("sigma_max", low * d.size(1.01, 1e6))});
     }},
    {"edm_path",
     [](draw& d) -> drawn_path {
         const double low = d.size(1e-6, 1);
         return any_path(fokker::edm_path{d.number("sigma_min", low),
                                          d.number("sigma_max", low * d.size(1.01, 1e6))});
     }},
    {"bridge_path",
     [](draw& d) -> drawn_path {
         if (d.one_in(2)) {
             const double low = d.size(1e-6, 1);
             return any_path(fokker::bridge_path(fokker::edm_path{
                 d.number("sigma_min", low), d.number("sigma_max", low * d.size(1.01, 1e6))}));
         }
         if (d.one_in(3))
             return any_path(fokker::bridge_path(fokker::i2sb_path(
                 d.number("beta_max", d.size(1e-3, 100)), d.count("steps", 2 * d.whole(1, 500)))));
         const double low = d.one_in(4) ? 0.0 : d.size(1e-3, 5);
         return any_path(fokker::bridge_path(fokker::vp_path{
             d.number("beta_min", low), d.number("beta_max", low + d.size(0.01, 20)),
             d.number("time_min", d.size(1e-6, 0.1))}));
     }},
    {"i2sb_path",
     [](draw& d) -> drawn_path {
         return any_path(fokker::i2sb_path(d.number("beta_max", d.size(1e-3, 100)),
                                           d.count("steps", 2 * d.whole(1, 500))));
     }},
    {"cosine_path",
     [](draw& d) -> drawn_path {
         return any_path(
             fokker::cosine_path{d.number("offset", d.one_in(3) ? 0.0 : d.size(1e-4, 1)),
                                 d.number("time_min", d.size(1e-6, 0.1)),
                                 d.number("time_max", d.one_in(3) ? 1.0 : 0.9946)});
     }},
    {"trigflow_path",
     [](draw& d) -> drawn_path {
         fokker::trigflow_path path;
         path.time_min = d.number("time_min", d.size(1e-6, 0.5));
         if (d.one_in(2)) path.time_max = d.number("time_max", d.real(0.6, 1.57));
         return any_path(path);
     }},
    {"flow_path",
     [](draw& d) -> drawn_path {
         return any_path(fokker::flow_path{d.number("time_min", d.size(1e-6, 0.5))});
     }},
    {"shifted_flow_path",
     [](draw& d) -> drawn_path {
         using fokker::flow_label;
         return any_path(fokker::shifted_flow_path{
             .shift = d.number("shift", d.size(0.05, 50)),
             .time_min = d.number("time_min", d.size(1e-5, 0.3)),
             .sigma_min = d.one_in(2) ? 0.0 : d.number("sigma_min", d.size(1e-4, 0.3)),
             .label = d.of({flow_label::sigma, flow_label::time, flow_label::one_minus_sigma}),
             .label_scale = d.of({1.0, 1000.0})});
     }},
    {"dynamic_shift",
     [](draw& d) -> drawn_path {
         const double shift = fokker::dynamic_shift(d.count("length", d.whole(1, 10000)),
                                                    {.exponential = d.one_in(2)});
         return any_path(fokker::shifted_flow_path{.shift = shift});
     }},
    {"linear_schedule",
     [](draw& d) {
         const int steps = training_steps(d);
         return read_somehow(d, fokker::linear_schedule(steps, d.number("first", d.size(1e-6, 0.1)),
                                                        d.number("last", d.size(1e-3, 0.9))));
     }},
    {"scaled_linear_schedule",
     [](draw& d) {
         const int steps = training_steps(d);
         return read_somehow(
             d, fokker::scaled_linear_schedule(steps, d.number("first", d.size(1e-6, 0.1)),
                                               d.number("last", d.size(1e-3, 0.5))));
     }},
    {"sigmoid_schedule",
     [](draw& d) {
         const int steps = training_steps(d);
         return read_somehow(d, fokker::sigmoid_schedule(steps, 1e-4, d.size(1e-3, 0.5),
                                                         d.number("span", d.size(0.1, 50))));
     }},
    {"cosine_schedule",
     [](draw& d) {
         const int steps = training_steps(d);
         return read_somehow(d, fokker::cosine_schedule(steps, d.number("offset", d.size(1e-4, 1)),
                                                        d.number("most", d.real(0.5, 0.999))));
     }},
    {"exponential_schedule",
     [](draw& d) {
         const int steps = training_steps(d);
         return read_somehow(
             d, fokker::exponential_schedule(steps, d.number("rate", d.size(0.1, 50))));
     }},
    {"laplace_schedule",
     [](draw& d) {
         const int steps = training_steps(d);
         using fokker::laplace_compat;
         return read_somehow(
             d, fokker::laplace_schedule(
                    steps, {.mean = d.number("mean", d.real(-3, 3)),
                            .scale = d.number("scale", d.size(0.05, 3)),
                            .compat = d.of({laplace_compat::paper, laplace_compat::diffusers})}));
     }},
    {"alpha_bar_schedule",
     [](draw& d) {
         const int steps = training_steps(d);
         const double rate = d.number("rate", d.size(0.1, 20));
         return read_somehow(d, fokker::alpha_bar_schedule(steps, [=](double u) {
                                 return 1.0 / (1.0 + rate * u + u * u * u);
                             }));
     }},
    {"snr_shifted",
     [](draw& d) {
         const auto plain = plain_schedule(d);
         return read_somehow(d, fokker::snr_shifted(plain, d.number("scale", d.size(0.01, 100))));
     }},
    {"zero_terminal_snr",
     [](draw& d) {
         const auto plain = plain_schedule(d);
         using fokker::terminal_snr;
         return read_somehow(d, fokker::zero_terminal_snr(
                                    plain, d.of({terminal_snr::zero, terminal_snr::diffusers})));
     }},
    {"retimed",
     [](draw& d) -> drawn_path {
         const auto schedule =
             std::get<fokker::discrete_schedule>(read_somehow(d, plain_schedule(d)));
         const double low = d.number("sigma_min", d.size(1e-6, 1e-2));
         if (d.one_in(2))
             return any_path(fokker::retimed(
                 schedule, fokker::shifted_flow_path{.shift = d.number("shift", d.size(0.1, 10))}));
         return any_path(fokker::retimed(
             fokker::edm_path{low, d.number("sigma_max", d.size(1, 1e4))}, schedule));
     }},
    {"discrete_schedule",
     [](draw& d) {
         const auto steps = static_cast<std::size_t>(d.whole(1, 60));
         std::vector<double> betas(steps);
         for (double& beta : betas) beta = d.size(1e-6, 0.9);
         if (d.one_in(5)) betas.back() = 1.0;
         d.note("betas", steps);
         return read_somehow(d, fokker::discrete_schedule::from_betas(betas));
     }},
};

/// One of them, or of this name.
inline drawn_path draw_path(draw& d) {
    const path_entry& entry = all_paths[d.index(std::size(all_paths))];
    d.say(entry.name);
    return entry.make(d);
}

}  // namespace fokker_random
