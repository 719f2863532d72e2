#include <fokker/discrete/catalogue.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/run.hpp>
#include <fokker/discrete/transition_matrices.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/exact_law.hpp"

using namespace fokker;
using namespace fokker_test;
using namespace fokker::discrete;
using Catch::Matchers::ContainsSubstring;

namespace {

const absorbing masks{.mask = 3};
const discrete_data data = dependent_pair();

const auto network = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& logits) {
    for (Eigen::Index i = 0; i < x.size(); ++i)
        for (int k = 0; k < 3; ++k)
            logits(k, i) = std::sin(1.0f + static_cast<float>(k + 2 * x(i) + 3 * (i % x.rows())));
};

}  // namespace

TEST_CASE("no two entries have one name or one spelling, and none lacks its source") {
    std::set<std::string_view> names;
    for_each_named_sampler([&](const auto& entry) {
        INFO(entry.name);
        CHECK(names.insert(entry.name).second);
        if (entry.spelling != entry.name) CHECK(names.insert(entry.spelling).second);
        CHECK_FALSE(entry.reference.empty());
    });
    CHECK(sampler_names(masks).size() == 17);
    CHECK(sampler_names(uniform{}).size() == 7);
    CHECK(
        sampler_names(mask_and_uniform<>{.mask = 3}) ==
        std::vector<std::string_view>{"ancestral", "tau-leaping", "sedd-euler", "gibbs-corrected"});
}

TEST_CASE("the law of those that say so tends to the data's") {
    const auto check = [](const auto& process) {
        using process_type = std::remove_cvref_t<decltype(process)>;
        for_each_named_sampler([&]<class Sampler>(const named_sampler<Sampler>& entry) {
            if constexpr (sampler_for<Sampler, process_type>) {
                INFO(entry.name);
                const auto far = [&](int n) {
                    const grid walk = entry.begins_above_zero(process) ? from_a_little(n) : flow(n);
                    return total_variation(law_of(entry.sampler, process, walk, data), data.p0);
                };
                const double near = far(4), nearer = far(16);
                CAPTURE(near, nearer);
                // Those that open one mask a step are exact; others are of first order.
                if (entry.keeps_law) CHECK((nearer < 1e-12 || nearer < 0.4 * near));
            }
        });
    };
    check(masks);
    check(uniform{});
}

TEST_CASE("a step calls the network as often as the entry says") {
    const auto check = [](const auto& process) {
        using process_type = std::remove_cvref_t<decltype(process)>;
        for_each_named_sampler([&]<class Sampler>(const named_sampler<Sampler>& entry) {
            if constexpr (sampler_for<Sampler, process_type>) {
                INFO(entry.name);
                const grid walk = from_a_little(5);
                Eigen::ArrayXXi x(4, 2);
                const auto knows_nothing = [](const Eigen::ArrayXXi&, double,
                                              Eigen::ArrayXXf& logits) { logits.setZero(); };
                discrete::run r(x, predicts_classes(knows_nothing, 3).timeless(), process, walk,
                                entry.sampler, philox{});
                r.start_from_prior();
                r.step();
                CHECK(r.evaluations() == entry.evaluations());
            }
        });
    };
    check(masks);
    check(uniform{});
}

TEST_CASE("a sampler of any type has the bits of its own") {
    for_each_named_sampler([&]<class Sampler>(const named_sampler<Sampler>& entry) {
        if constexpr (sampler_for<Sampler, absorbing>) {
            INFO(entry.name);
            const auto model = predicts_classes(network, 3).timeless();
            Eigen::ArrayXXi own(5, 3), any(5, 3);
            sample(own, model, masks, from_a_little(6), entry.sampler, philox{.seed = 4});
            discrete::run r(any, model, masks, from_a_little(6), sampler_called(entry.name, masks),
                            philox{.seed = 4});
            r.start_from_prior();
            r.step();
            const checkpoint middle = r.checkpoint();
            while (!r.done()) r.step();
            CHECK((own == any).all());
            // Its checkpoints are the sampler's.
            discrete::run again(any, model, masks, from_a_little(6), entry.sampler,
                                philox{.seed = 4});
            again.resume(middle);
            while (!again.done()) again.step();
            CHECK((own == any).all());
        }
    });
}

TEST_CASE("with_sampler finds an entry by name or spelling, and sets its options") {
    const auto spelling = [](const auto& entry) { return std::string(entry.spelling); };
    CHECK(with_sampler("remasking", masks, spelling) == "remasking");
    CHECK(with_sampler("surest_first{.leaves = quota::evenly}", masks, spelling) ==
          "surest_first{.leaves = quota::evenly}");
    double eta = 0.0;
    with_sampler("remasking-capped", masks, [&](auto entry) {
        if constexpr (requires { entry.sampler.eta; }) eta = entry.sampler.eta;
    });
    CHECK(eta == 0.008);
    const named_sampler<ancestral> mine{"mine", "my_sampler"};
    CHECK(with_sampler("mine", masks, spelling, mine) == "my_sampler");
    const named_sampler<ancestral> twice{"llada", "x"};
    CHECK_THROWS_WITH(with_sampler("llada", masks, spelling, twice),
                      ContainsSubstring("two samplers are called 'llada'"));
    CHECK_THROWS_WITH(with_sampler("remaskin", masks, spelling),
                      ContainsSubstring("no discrete sampler 'remaskin'") &&
                          ContainsSubstring("did you mean 'remasking'") &&
                          ContainsSubstring("ancestral, tweedie"));
    CHECK_THROWS_WITH(with_sampler("remasking", uniform{}, spelling),
                      ContainsSubstring("this process is not walked by the sampler 'remasking'") &&
                          !ContainsSubstring("did you mean"));
}

TEST_CASE("what a sampler of any type cannot do is said before the network is called") {
    Eigen::ArrayXXi x(2, 3);
    const auto never = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf&) { FAIL("called"); };
    const auto refused = [&](const any_sampler& method, const auto& process, const auto& model) {
        CHECK_THROWS_AS(discrete::sample(x, model, process, from_a_little(3), method, philox{}),
                        error);
        try {
            discrete::sample(x, model, process, from_a_little(3), method, philox{});
        } catch (const error& e) { return std::string(e.what()); }
        return std::string();
    };
    const auto model = predicts_classes(never, 3);
    const mask_and_uniform<> both{.mask = 3};
    CHECK_THAT(refused(remasking{}, uniform{}, model), ContainsSubstring("opens and closes masks"));
    CHECK_THAT(refused(surest_first{}, both, model), ContainsSubstring("other noise"));
    CHECK_THAT(refused(gibbs_corrected{ancestral{}}, masks, model),
               ContainsSubstring("open positions anew"));
    CHECK_THAT(refused(tweedie{}, both, model), ContainsSubstring("one law at all knots"));
    CHECK_THAT(refused(flow_euler{}, both, model), ContainsSubstring("ancestral{}"));
    CHECK_THAT(refused(first_hitting{}, masks, model), ContainsSubstring("timeless()"));
    CHECK_THAT(refused(tau_leaping{}, masks, model.drawn_by({.temperature = 0.5})),
               ContainsSubstring("drawn_by"));
    CHECK_THAT(
        refused(gibbs_corrected{tau_leaping{}}, uniform{}, model.drawn_by({.temperature = 0.5})),
        ContainsSubstring("drawn_by"));
    CHECK_THAT(refused(surest_first{.noise = -1}, masks, model), ContainsSubstring("noise is -1"));
}

TEST_CASE("samplers that do not walk a process do not compile with it") {
    using both = mask_and_uniform<>;
    static_assert(sampler_for<surest_first, absorbing>);
    static_assert(!sampler_for<surest_first, both>);
    static_assert(!sampler_for<remasking, uniform>);
    static_assert(!sampler_for<gibbs_corrected<ancestral>, absorbing>);
    static_assert(!sampler_for<gibbs_corrected<tweedie>, transition_matrices>);
    static_assert(sampler_for<gibbs_corrected<tau_leaping>, transition_matrices>);
    static_assert(sampler_for<tau_leaping, both>);
    static_assert(!sampler_for<tweedie, both>);
    static_assert(!sampler_for<flow_euler, transition_matrices>);
}
