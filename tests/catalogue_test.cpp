// The catalogue beside the list of the property tests, which holds what is typed in it.
#include <fokker/catalogue.hpp>

#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/solver_properties.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Entries whose first steps are of so low an order that their loss is what is left on fine grids.
const std::set<std::string_view> start_of_low_order{"dpm++3m", "deis3", "deis3-time", "lms",
                                                    "unipc3"};

/// "unipc" of "unipc<2>{.corrector = false}".
std::string family(std::string_view spelling) {
    return std::string(spelling.substr(0, spelling.find_first_of("<{")));
}

std::set<std::string> catalogued_families() {
    std::set<std::string> families;
    for_each_named_solver([&](const auto& entry) { families.insert(family(entry.spelling)); });
    return families;
}

std::set<std::string> tested_families() {
    std::set<std::string> families;
    for_each_solver([&](const auto& entry) { families.insert(family(entry.name)); });
    return families;
}

}  // namespace

TEST_CASE("no two entries have one name or one spelling, and none lacks its source") {
    std::set<std::string_view> names;
    for_each_named_solver([&](const auto& entry) {
        INFO(entry.name);
        CHECK(names.insert(entry.name).second);
        if (entry.spelling != entry.name) CHECK(names.insert(entry.spelling).second);
        CHECK_FALSE(entry.reference.empty());
    });
    CHECK(solver_names().size() > 40);
}

TEST_CASE("the catalogue and the property tests know the same solvers") {
    auto tested = tested_families();
    // These want grids or networks of their own, and have tests of their own.
    for (const char* own :
         {"dpm_solver_fast", "ddim_inversion", "ddpm_learned", "euler_cfg_pp",
          "euler_ancestral_cfg_pp", "dpm_solver_pp_2m_cfg_pp",
          "published_dpm_solver_pp_2s_ancestral_cfg_pp", "res_multistep_cfg_pp",
          "gradient_estimation_cfg_pp", "extended_analytic_ddpm", "extended_analytic_ddim"})
        tested.insert(own);
    CHECK(catalogued_families() == tested);
}

TEST_CASE("every order of the catalogue is measured by a test") {
    std::set<std::pair<std::type_index, int>> measured;
    for_each_solver([&]<class Solver>(const listed<Solver>& entry) {
        if (entry.order > 0)
            measured.emplace(typeid(Solver), static_cast<int>(std::lround(entry.order)));
    });
    // In tests of their own: below, in sde_properties_test, and ddim_inversion_test.
    std::set<std::string_view> elsewhere{"dpm-fast", "dpm++3m-sde", "sa-solver", "sa-solver-pece",
                                         "ddim-inversion"};
    elsewhere.insert(start_of_low_order.begin(), start_of_low_order.end());
    for_each_named_solver([&]<class Solver>(const named_solver<Solver>& entry) {
        INFO(entry.name);
        if (entry.order == 0 || entry.adaptive() || elsewhere.contains(entry.name)) return;
        CHECK(measured.contains({typeid(Solver), entry.order}));
    });
}

TEST_CASE("the order of an entry counts what its first steps lose on fine grids") {
    std::size_t seen = 0;
    for_each_named_solver([&]<class Solver>(const named_solver<Solver>& entry) {
        if constexpr (Solver::history > 1) {
            if (!start_of_low_order.contains(entry.name)) return;
            INFO(entry.name);
            ++seen;
            // From data to noise, where the first steps count most.
            const double order = measured_order(vp_path{}, Solver{}, 2.0, true, 8);
            CHECK(std::abs(order - entry.order) < 0.1);
        }
    });
    CHECK(seen == start_of_low_order.size());
}

TEST_CASE("the last steps of DPM-Solver-fast are of lower order, and so is the whole") {
    const any_model<double> model = exact_model<double>();
    const carried_points& points = carried(vp_path{}, false);
    std::vector<double> log_calls, log_errors;
    for (const int calls : {190, 289, 385, 577, 769}) {
        Eigen::ArrayXXd x = points.from;
        denoise(x, model, uneven_grid(vp_path{}, dpm_solver_fast::fast_steps(calls)),
                dpm_solver_fast{calls});
        log_calls.push_back(std::log(calls));
        log_errors.push_back(std::log((x - points.to).matrix().norm()));
    }
    int order = 0;
    with_solver("dpm-fast", [&](const auto& entry) { order = entry.order; });
    CHECK(std::abs(-slope(log_calls, log_errors) - order) < 0.1);
}

TEST_CASE("with_solver finds an entry by name or spelling, and returns what the function does") {
    const auto spelling = [](const auto& entry) { return std::string(entry.spelling); };
    CHECK(with_solver("unipc", spelling) == "unipc<2>");
    CHECK(with_solver("unipc<3>", spelling) == "unipc<3>");
    CHECK(with_solver("dpm++2m-sde", spelling) == "sde_dpm_solver_pp<2>");
    int calls = 0;
    with_solver("heun", [&]<class Solver>(named_solver<Solver> entry) {
        ++calls;
        CHECK(std::is_same_v<Solver, heun>);
        entry.solver = {};  // it is the function's own
    });
    CHECK(calls == 1);
}

TEST_CASE("an unknown name is refused with those that there are, and the nearest") {
    const auto find = [](std::string_view name) { with_solver(name, [](const auto&) {}); };
    CHECK_THROWS_AS(find("magic"), error);
    CHECK_THROWS_WITH(find("magic"),
                      ContainsSubstring("no solver 'magic'. The solvers are: ddim, "));
    CHECK_THROWS_WITH(find("magic"), ContainsSubstring(", dpm++2m, "));
    CHECK_THROWS_WITH(find("euler-b"), ContainsSubstring("did you mean 'euler-a'?"));
    CHECK_THROWS_WITH(find("DPM++ 2M"), ContainsSubstring("did you mean 'dpm++2m'?"));
    CHECK_THROWS_WITH(find("dpm_solver_fats"),
                      ContainsSubstring("did you mean 'dpm_solver_fast'?"));
    CHECK_THROWS_WITH(find(""), ContainsSubstring("The solvers are"));
}

namespace {
/// A solver of the program's own.
struct mine {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    double scale = 1.0;

    void step(auto& run) const {
        auto x = run.x();
        x = scale * run.data(run.x(), run.interval().first);
    }
};
}  // namespace

TEST_CASE("a solver of one's own is found by its name, and beside the others") {
    const named_solver<mine> own{"mine", "", 1, "", {.scale = 0.5}};
    const named_solver<mine> other{"other", "mine{.scale = 2}", 1, "", {.scale = 2}};
    const auto scale = [](const auto& entry) {
        if constexpr (requires { entry.solver.scale; }) return entry.solver.scale;
        return -1.0;
    };
    CHECK(with_solver("mine", scale, own, other) == 0.5);
    CHECK(with_solver("other", scale, own, other) == 2);
    CHECK(with_solver("mine{.scale = 2}", scale, own, other) == 2);
    CHECK(with_solver("heun", scale, own, other) == -1);
    const auto names = solver_names(own, other), all = solver_names();
    REQUIRE(names.size() == all.size() + 2);
    CHECK(std::vector(names.end() - 2, names.end()) ==
          std::vector<std::string_view>{"mine", "other"});

    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(3);
    const auto network = [](const Eigen::ArrayXd& in, double, Eigen::ArrayXd& out) { out = in; };
    with_solver(
        "mine",
        [&](auto entry) {
            if constexpr (requires { entry.solver.scale; }) entry.solver.scale = 3;
            denoise(x, predicts_data(network), grid{{1, 0.5, 0.5}, {0, 1.0, 0.0}}, entry.solver);
        },
        own);
    CHECK((x == 3).all());
}

TEST_CASE("the messages know the solvers of one's own, and two of one name are refused") {
    const named_solver<mine> own{"mine"}, ddim_again{"ddim"};
    int calls = 0;
    const auto count = [&](const auto&) { ++calls; };
    CHECK_THROWS_WITH(with_solver("min", count, own), ContainsSubstring("did you mean 'mine'?"));
    CHECK_THROWS_WITH(with_solver("magic", count, own), ContainsSubstring("gamma-sampler, mine"));
    CHECK_THROWS_WITH(with_solver("", count, own), ContainsSubstring("The solvers are"));
    CHECK_THROWS_WITH(with_solver("ddim", count, own, ddim_again),
                      ContainsSubstring("two solvers are called 'ddim'"));
    CHECK_THROWS_WITH(with_solver("mine", count, own, own),
                      ContainsSubstring("two solvers are called 'mine'"));
    CHECK(calls == 0);
    CHECK_NOTHROW(with_solver("euler", count, own, ddim_again));
}
