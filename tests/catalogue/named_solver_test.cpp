#include <fokker/catalogue/named_solver.hpp>

#include <cstddef>
#include <vector>

#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids/sigmas.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/adams.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddim_inversion.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dormand_prince.hpp>
#include <fokker/solver/dpm_solver_adaptive.hpp>
#include <fokker/solver/dpm_solver_fast.hpp>
#include <fokker/solver/heun.hpp>
#include <fokker/solver/pndm.hpp>
#include <fokker/solver/predictor_corrector.hpp>
#include <fokker/solver/sa_solver.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"

using namespace fokker;

namespace {

/// Reads the unconditional prediction where it is told to.
struct reader {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    bool wanted = true;

    bool reads(second_output kind) const { return !wanted || kind == second_output::unconditional; }
};

/// Keeps states, and may reject a part of its step.
struct trying {
    static constexpr int history = 1;
    static constexpr int evaluations = 2;
    static constexpr int memories = 3;
    static constexpr bool tries_parts = true;

    void step(auto& run) const {
        auto x = run.x();
        x = run.data(run.x(), run.interval().first);
    }
};

template <class Solver>
named_solver<Solver> entry(Solver solver = {}) {
    return {"a-name", "a_name<2>", 1, "Somebody 2020", solver};
}

int made = 0;

/// Counts how many are made of it.
struct counted_array {
    std::vector<double> numbers = std::vector<double>(3, 0.5);
};

template <class Solver>
void check_arrays(const Solver& solver) {
    const auto network = [](const counted_array& x, double, counted_array& out) { out = x; };
    counted_array x;
    made = 0;
    run r(x, network, karras(edm_path{}, 4), solver, philox{});
    CHECK(made == named_solver<Solver>{}.arrays());
}

}  // namespace

template <>
struct fokker::array_traits<counted_array> {
    using scalar = double;
    using owner = counted_array;
    static constexpr bool is_view = false, is_fixed = false;
    static auto* data(auto& a) { return a.numbers.data(); }
    static std::size_t size(const counted_array& a) { return a.numbers.size(); }
    static std::size_t samples(const counted_array&) { return 1; }
    static counted_array like(const counted_array& a) {
        ++made;
        return a;
    }
    static bool same_shape(const counted_array& a, const counted_array& b) {
        return a.numbers.size() == b.numbers.size();
    }
};

TEST_CASE("an entry goes by its name and by its spelling") {
    CHECK(entry<ddim>().is_called("a-name"));
    CHECK(entry<ddim>().is_called("a_name<2>"));
    CHECK_FALSE(entry<ddim>().is_called("a_name"));
}

TEST_CASE("an entry tells network calls of a step from those of the first") {
    CHECK(entry<heun>().evaluations() == 2);
    CHECK(entry<heun>().most_evaluations() == 2);
    CHECK(entry<pndm>().evaluations() == 1);
    CHECK(entry<pndm>().most_evaluations() == 4);
    CHECK(entry<predictor_corrector>({.corrections = 3}).evaluations() == 4);
    CHECK(entry<predictor_corrector>({.corrections = 3}).most_evaluations() == 4);
    CHECK(entry<dormand_prince>().evaluations() == 0);
    CHECK(entry<dormand_prince>().most_evaluations() == 0);
    CHECK(entry<dormand_prince>().adaptive());
    CHECK_FALSE(entry<pndm>().adaptive());
}

TEST_CASE("an entry knows whether it walks to the data or to the noise") {
    CHECK(entry<ddim_inversion>().inverts());
    CHECK_FALSE(entry<ddim>().inverts());
}

TEST_CASE("an entry counts the arrays that a run makes") {
    check_arrays(ddim{});
    check_arrays(heun{});
    check_arrays(lms<4>{});
    check_arrays(pndm{});
    check_arrays(unipc<3>{});
    check_arrays(sa_solver<2, 2>{});
    check_arrays(dormand_prince{});
    check_arrays(dpm_solver_adaptive<3>{});
    check_arrays(trying{});
}

TEST_CASE("an entry counts what a run keeps") {
    CHECK(entry<lms<4>>().history() == 3);
    CHECK(entry<lms<4>>().arrays() == 4);
    CHECK(entry<heun>().stages() == 2);
    CHECK(entry<sa_solver<2, 2>>().memories() == 2);
    CHECK(entry<sa_solver<2, 2>>().arrays() == 6);
}

TEST_CASE("an entry says what its noise hangs on, whatever the options are now") {
    CHECK_FALSE(entry<ddim>().stochastic());
    CHECK(entry<ddim>({.eta = 0.5}).stochastic());
    CHECK(entry<ddim>().noise_option() == "eta");
    CHECK(entry<ddim>({.eta = 0.5}).noise_option() == "eta");
    CHECK(entry<heun>().noise_option() == "s_churn");
    CHECK(entry<sa_solver<2, 2>>().noise_option() == "tau");
    CHECK(entry<ddpm>().noise_option().empty());
    CHECK(entry<gradient_estimation>().noise_option().empty());  // its gamma is another
}

TEST_CASE("an entry knows whether a hand-made grid is refused, and takes no other refusal for it") {
    CHECK(entry<pndm>().needs_path());
    CHECK_FALSE(entry<heun>().needs_path());
    CHECK(entry<heun>({.s_churn = 1.0}).needs_path());
    CHECK_FALSE(entry<ddpm>().needs_path());              // has no check
    CHECK_FALSE(entry<ddim>({.eta = 2.0}).needs_path());  // is refused for eta
    CHECK(entry<dpm_solver_fast>().needs_path());         // and its calls are not set
}

TEST_CASE("an entry says which second outputs it can use, and whether it must have one") {
    CHECK(entry<ddim>().reads(second_output::none));
    CHECK_FALSE(entry<ddim>().reads(second_output::variance));
    CHECK_FALSE(entry<ddim>().needs_second_output());
    CHECK(entry<reader>().reads(second_output::unconditional));
    CHECK_FALSE(entry<reader>().reads(second_output::variance));
    CHECK(entry<reader>().needs_second_output());
    CHECK_FALSE(entry<reader>({.wanted = false}).needs_second_output());
}
