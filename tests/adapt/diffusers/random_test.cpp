// Random configurations of every class: each is refused with a reason, or walks to finite numbers,
// twice the same ones. (tests/golden/diffusers compares with the originals.)
#include <fokker/adapt/diffusers.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers/class_list.hpp>
#include <fokker/model/flow_map.hpp>
#include <fokker/noise/torch_cpu.hpp>

#include "adapt/diffusers/network.hpp"
#include "catch.hpp"
#include "random/dice.hpp"

using namespace fokker;
using diffusers::detail::key;
using diffusers::detail::key_type;
using fokker_random::dice;
using nlohmann::json;

namespace {

std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> words;
    while (!list.empty()) {
        const auto end = std::min(list.find(", "), list.size());
        words.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 2, list.size()));
    }
    return words;
}

/// A value near the usual one; null leaves the key out.
json value_of(const key& k, dice& d) {
    switch (k.type) {
        case key_type::flag:
            return d.one_in(3);
        case key_type::whole:
            if (k.number > 100) return d.of({1000, 1000, 500, 200});
            return static_cast<int>(k.number) + d.whole(0, 2);
        case key_type::number:
        case key_type::number_or_null:
            return k.number * d.real(0.5, 1.5);
        case key_type::word:
        case key_type::optional_word: {
            const auto words = words_of(k.words);
            return words.empty() ? json() : json(words[d.index(words.size())]);
        }
        default:
            return {};
    }
}

struct drawn {
    json config;
    diffusers::timesteps asked;

    drawn(const diffusers::detail::scheduler_class& of, dice& d) {
        config["_class_name"] = of.name;
        for (const key& each : of.keys) {
            if (!d.one_in(3)) continue;
            json value = value_of(each, d);
            if (!value.is_null()) config[std::string(each.name)] = std::move(value);
        }
        asked.steps = d.whole(1, 30);
        if (d.one_in(5)) asked.strength = d.real(0.2, 1.0);
        if (config.value("use_dynamic_shifting", false)) asked.mu = d.real(0.2, 1.2);
    }
};

/// The sample; the labels that the network saw go to `labels`. RePaint needs more than a network.
Eigen::ArrayXXd sampled(const diffusers::scheduler& scheduler, const diffusers::timesteps& asked,
                        std::vector<double>& labels) {
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Constant(6, 2, 0.3);
    const auto plan = scheduler.plan(asked);
    const auto walk = [&](const auto& network) {
        if (plan.knots.is_reversed())
            diffusers::denoise(x, network, scheduler, asked);
        else
            diffusers::sample(x, network, scheduler, asked, torch_cpu(11));
    };
    if (plan.takes_two_labels)
        walk(flow_map(fokker_test::map_network{labels}));
    else if (plan.second == second_output::unspecified)
        walk(fokker_test::labelled_network{labels});
    else
        walk(fokker_test::two_output_network{labels, plan.second == second_output::variance});
    return x;
}

}  // namespace

TEST_CASE("random configurations are refused or walk to finite numbers") {
    int walked = 0, refused = 0;
    for (const auto& each : diffusers::detail::scheduler_classes) {
        if (each.name == "RePaintScheduler") continue;
        int here = 0;
        for (std::uint64_t number = 0; number < 60; ++number) {
            dice d(7, number);
            const drawn made(each, d);
            INFO(each.name << " " << number << ": " << made.config.dump() << ", "
                           << made.asked.steps << " steps, strength " << made.asked.strength);
            try {
                const diffusers::scheduler scheduler(made.config);
                std::vector<double> labels, again;
                const Eigen::ArrayXXd x = sampled(scheduler, made.asked, labels);
                CHECK(x.isFinite().all());
                CHECK_FALSE(labels.empty());
                CHECK((x == sampled(scheduler, made.asked, again)).all());
                CHECK(labels == again);
                ++here;
            } catch (const fokker::error& problem) {
                CHECK(std::string_view(problem.what()).size() > 20);
                ++refused;
            }
        }
        INFO(each.name);
        CHECK(here > 0);
        walked += here;
    }
    CHECK(walked > refused);
}
