// The promise: the same seed gives the same bits whatever the batch size, the number of threads,
// the split over processes, or where a run was interrupted and resumed.
#include <Eigen/Core>
#include <cstring>
#include <stdexcept>
#ifdef _OPENMP
#include <omp.h>
#endif

#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"
#include "support/solvers.hpp"

using namespace fokker_test;

namespace {

template <class T>
using batch = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic>;

template <class T>
bool same_bits(const batch<T>& a, const batch<T>& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() &&
           std::memcmp(a.data(), b.data(), sizeof(T) * static_cast<std::size_t>(a.size())) == 0;
}

/// Elementwise and without a multiply-add, so that its own bits do not depend on the batch.
struct network {
    template <class X, class Out>
    void operator()(const X& x, double, Out& out) const {
        for (Eigen::Index i = 0; i < x.size(); ++i) out(i) = x(i) / (1 + (x(i) < 0 ? -x(i) : x(i)));
    }
};

const fokker::grid& short_walk() {
    static const fokker::grid grid = fokker::trailing(fokker::linear_schedule(), 6);
    return grid;
}

template <class T, class Solver>
batch<T> sampled(const Solver& solver, Eigen::Index elements, Eigen::Index samples,
                 std::uint64_t first) {
    batch<T> x(elements, samples);
    fokker::sample(x, network{}, short_walk(), solver,
                   fokker::philox{.seed = 9, .first_sample = first});
    return x;
}

/// The whole walk as a run, which keeps its predictions where `sample` without observers does not.
template <class Solver>
batch<float> whole_run(const Solver& solver) {
    batch<float> x(77, 3);
    fokker::run run(x, network{}, short_walk(), solver, fokker::philox{.seed = 9});
    run.start_from_prior();
    while (!run.done()) run.step();
    return x;
}

template <class T>
void check_batch_split() {
    for (Eigen::Index elements : {1, 2, 7, 16, 33, 112, 128, 129, 784, 1000})
        for_some_solvers([&](const auto& entry) {
            INFO(entry.name << ", " << elements << " elements");
            const auto whole = sampled<T>(entry.solver, elements, 5, 40);
            batch<T> parts(elements, 5);
            parts.leftCols(2) = sampled<T>(entry.solver, elements, 2, 40);
            parts.col(2) = sampled<T>(entry.solver, elements, 1, 42);
            parts.rightCols(2) = sampled<T>(entry.solver, elements, 2, 43);
            CHECK(same_bits<T>(whole, parts));
        });
}

}  // namespace

TEST_CASE("a batch has the bits of its parts") {
    check_batch_split<float>();
    check_batch_split<double>();
    CHECK_FALSE(same_bits<float>(sampled<float>(fokker::ddpm{}, 9, 1, 0),
                                 sampled<float>(fokker::ddpm{}, 9, 1, 1)));
}

TEST_CASE("a batch that threads share has the bits of its samples") {
    // 9 samples of 20,001 elements: well above the size from which threads are used, and ragged.
    for_some_solvers([&](const auto& entry) {
        INFO(entry.name);
        const auto whole = sampled<float>(entry.solver, 20001, 9, 0);
        for (Eigen::Index i : {0, 4, 8}) {
            const batch<float> one =
                sampled<float>(entry.solver, 20001, 1, static_cast<std::uint64_t>(i));
            CHECK(same_bits<float>(whole.col(i), one));
        }
    });
}

#ifdef _OPENMP
TEST_CASE("the number of threads changes nothing") {
    for_some_solvers([&](const auto& entry) {
        INFO(entry.name);
        omp_set_num_threads(1);
        const auto alone = sampled<float>(entry.solver, 50001, 3, 0);
        for (int threads : {2, 3, 8}) {
            omp_set_num_threads(threads);
            CHECK(same_bits<float>(sampled<float>(entry.solver, 50001, 3, 0), alone));
        }
    });
}
#endif

TEST_CASE("a run that is taken up on another day has the bits of the uninterrupted one") {
    for_some_solvers([&](const auto& entry) {
        if (std::remove_cvref_t<decltype(entry.solver)>::history > 0) return;
        INFO(entry.name);
        const auto whole = whole_run(entry.solver);
        batch<float> x(77, 3);
        fokker::run first(x, network{}, short_walk(), entry.solver, fokker::philox{.seed = 9});
        first.start_from_prior();
        for (int i = 0; i < 4; ++i) first.step();
        batch<float> saved = x;
        fokker::run second(saved, network{}, short_walk(), entry.solver, fokker::philox{.seed = 9});
        second.seek(4);
        while (!second.done()) second.step();
        CHECK(same_bits<float>(saved, whole));
    });
}

TEST_CASE("a run goes on where the network threw") {
    for_some_solvers([&](const auto& entry) {
        INFO(entry.name);
        const auto whole = whole_run(entry.solver);
        int calls = 0;
        const auto fails_sometimes = [&](const batch<float>& x, double t, batch<float>& out) {
            if (++calls % 3 == 0) throw std::runtime_error("out of memory");
            network{}(x, t, out);
        };
        batch<float> x(77, 3);
        fokker::run run(x, fails_sometimes, short_walk(), entry.solver, fokker::philox{.seed = 9});
        run.start_from_prior();
        int failures = 0;
        while (!run.done()) {
            const batch<float> before = x;
            try {
                run.step();
            } catch (const std::runtime_error&) {
                ++failures;
                CHECK(same_bits<float>(x, before));  // the last completed step
            }
        }
        CHECK(failures > 0);
        CHECK(same_bits<float>(x, whole));
    });
}

#ifndef __FAST_MATH__  // which rounds a step that keeps its prediction in another order
TEST_CASE("looking on changes no bit") {
    for_some_solvers([&](const auto& entry) {
        INFO(entry.name);
        CHECK(same_bits<float>(whole_run(entry.solver), sampled<float>(entry.solver, 77, 3, 0)));
    });
}
#endif
