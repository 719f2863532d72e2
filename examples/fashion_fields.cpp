// A trained network of a force field, PFGM++, beside that of normal noise: garments of both, and
// what becomes of them where a network walks with the other's noise.
#include <CLI/CLI.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fokker.hpp>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fashion/classifier.hpp"
#include "fashion/command_line.hpp"
#include "fashion/data_set.hpp"
#include "fashion/frechet.hpp"
#include "fashion/network.hpp"
#include "fashion/sheet.hpp"
#include "fashion/writable.hpp"
#include "fashion_samples/paths.hpp"
#include "fashion_samples/progress_bar.hpp"

namespace fashion {
namespace {

namespace fs = std::filesystem;

// Of the noise that student.weights was trained with.
constexpr double trained_degrees = 128;

struct options {
    int steps = 10, pictures = 1000, seeds = 3, real_pictures = test_pictures, shown = 2,
        threads = 1;
    fs::path data = "/usr/share/datasets/fashion-mnist", out = "out/fields";
};

// The networks of one thread, both of the same shape.
struct networks {
    unet normal{fs::path(FASHION_FOLDER) / "fashion.weights"};
    unet student{fs::path(FASHION_FOLDER) / "student.weights"};
    classifier measure{fs::path(FASHION_FOLDER) / "classifier.weights"};
};

// Whether the network is that of Student's noise, and the degrees of the noise: 0 is normal noise.
struct combination {
    bool student_network;
    double degrees;
};
// Each network with its own noise, with the other's, and with one that is far from both.
constexpr std::array combinations{combination{false, 0},
                                  combination{true, trained_degrees},
                                  combination{false, trained_degrees},
                                  combination{true, 0},
                                  combination{false, 8},
                                  combination{true, 8}};

std::string law(double degrees) {
    if (degrees == 0) return "normal";
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "D = %g", degrees);
    return text.data();
}
std::string network_of(const combination& how) {
    return law(how.student_network ? trained_degrees : 0);
}

constexpr std::array<const char*, 2> solvers{"heun", "dpm_solver_pp_2m"};

std::vector<int> classes_of(Index first, Index last) {
    std::vector<int> result;
    for (Index i = first; i < last; ++i) result.push_back(static_cast<int>(i % 10));
    return result;
}

// Pictures first .. last - 1 on EDM's levels. All have the same normals for the same seed:
// Student's noise is these times a factor. `calls` is how often the network was called.
MatrixXf sample(networks& own, const combination& how, std::size_t solver, int steps,
                std::uint64_t seed, Index first, Index last, std::int64_t& calls) {
    const auto edm = fokker::retimed(trained_schedule(), fokker::edm_path{});
    const std::vector<int> wanted = classes_of(first, last);
    unet& used = how.student_network ? own.student : own.normal;
    const auto network = [&](const MatrixXf& x, const fokker::knot& k, MatrixXf& noise) {
        used.evaluate(x, k.t, wanted, noise);
    };
    MatrixXf x(unet::pixels, last - first);
    const fokker::philox normals{.seed = seed, .first_sample = static_cast<std::uint64_t>(first)};
    const auto walk = [&](const auto& method, int count) {
        const fokker::grid levels = fokker::karras(edm, count);
        const auto model = fokker::predicts_noise(network);
        if (how.degrees > 0)
            calls =
                fokker::sample(x, model, levels, method, fokker::student_t(normals, how.degrees))
                    .network_calls;
        else
            calls = fokker::sample(x, model, levels, method, normals).network_calls;
    };
    if (solver == 0)
        walk(fokker::heun{}, steps);
    else  // as many calls
        walk(fokker::dpm_solver_pp_2m{}, 2 * steps - 1);
    return x.cwiseMax(-1.0F).cwiseMin(1.0F);
}

struct row {
    std::size_t solver = 0;
    combination how{};
    std::int64_t calls = 0;
    std::vector<double> distances;  // by the seed
};

std::pair<double, double> mean_and_error(const std::vector<double>& of) {
    const Eigen::Map<const Eigen::ArrayXd> values(of.data(), static_cast<Index>(of.size()));
    const auto n = static_cast<double>(of.size());
    const double mean = values.mean();
    const double spread = n > 1 ? std::sqrt((values - mean).square().sum() / (n - 1) / n) : 0;
    return {mean, spread};
}

class study {
public:
    explicit study(const options& o) : asked_(o), own_(static_cast<std::size_t>(o.threads)) {
        real_.add(measured(o.real_pictures,
                           [&, test = read_data_set(o.data, "t10k", o.real_pictures)](
                               networks&, Index first, Index last) -> MatrixXf {
                               return test.pictures.middleCols(first, last - first);
                           }));
    }

    void draw() {
        progress_bar bar("", static_cast<std::int64_t>(combinations.size() * solvers.size()) *
                                 asked_.seeds * asked_.pictures);
        for (std::size_t solver = 0; solver < solvers.size(); ++solver)
            for (const combination& how : combinations) {
                row found{solver, how, 0, {}};
                for (int i = 0; i < asked_.seeds; ++i) {
                    const auto seed = static_cast<std::uint64_t>(i + 1);
                    bar.title(title(found));
                    const MatrixXf features =
                        measured(asked_.pictures, [&](networks& own, Index first, Index last) {
                            std::int64_t calls = 0;
                            return sample(own, how, solver, asked_.steps, seed, first, last, calls);
                        });
                    found.distances.push_back(frechet_distance(features, real_));
                    bar.advance(asked_.pictures);
                }
                show(found);
                rows_.push_back(found);
            }
    }

    // The difference is from the first row of the solver, seed by seed, as the normals are the
    // same.
    void print() const {
        std::printf("%-17s %6s  %-8s %-8s %19s %19s\n", "solver", "calls", "network", "noise",
                    "Frechet distance", "more than normal");
        for (const row& each : rows_) {
            const auto first = std::ranges::find(rows_, each.solver, &row::solver);
            std::vector<double> more;
            for (std::size_t i = 0; i < each.distances.size(); ++i)
                more.push_back(each.distances[i] - first->distances[i]);
            const auto [distance, error] = mean_and_error(each.distances);
            const auto [difference, its_error] = mean_and_error(more);
            std::printf("%-17s %6lld  %-8s %-8s %10.3f +- %.3f", solvers[each.solver],
                        static_cast<long long>(each.calls), network_of(each.how).c_str(),
                        law(each.how.degrees).c_str(), distance, error);
            if (&*first != &each) std::printf(" %+10.3f +- %.3f", difference, its_error);
            std::printf("\n");
        }
    }

    void write_pictures(const fs::path& file) const {
        for (const auto& written : write_sheets(shown_, blocks_, 10, file))
            std::printf("%s\n", fs::absolute(written).lexically_normal().c_str());
    }

private:
    static std::string title(const row& of) {
        return std::string(solvers[of.solver]) + ", network: " + network_of(of.how) +
               ", noise: " + law(of.how.degrees);
    }

    // The features of so many pictures, that make(networks, first, last) makes.
    template <class Make>
    MatrixXf measured(Index count, const Make& make) {
        constexpr Index part = 50;
        MatrixXf result(own_.front().measure.features(), count);
        std::vector<std::future<void>> running;
        const auto threads = static_cast<Index>(own_.size());
        for (Index i = 0; i < threads; ++i)
            running.push_back(std::async(std::launch::async, [&, i] {
                networks& own = own_[static_cast<std::size_t>(i)];
                for (Index first = i * part; first < count; first += threads * part) {
                    const Index last = std::min(first + part, count);
                    own.measure.measure(make(own, first, last),
                                        result.middleCols(first, last - first));
                }
            }));
        for (auto& each : running) each.get();
        return result;
    }

    // Counts the calls, and puts the first pictures of the first solver onto the sheet.
    void show(row& found) {
        const Index count = 10 * asked_.shown, before = shown_.cols();
        const MatrixXf pictures =
            sample(own_.front(), found.how, found.solver, asked_.steps, 1, 0, count, found.calls);
        if (found.solver != 0) return;
        shown_.conservativeResize(unet::pixels, before + count);
        shown_.rightCols(count) = pictures;
        blocks_.push_back(
            {"network: " + network_of(found.how) + ", noise: " + law(found.how.degrees), before,
             count});
    }

    options asked_;
    std::vector<networks> own_;
    feature_sums real_{own_.front().measure.features()};
    std::vector<row> rows_;
    MatrixXf shown_;
    std::vector<sheet_block> blocks_;
};

bool read_options(options& o, int count, char** words) {
    CLI::App app(
        "Garments by a network that was trained with Student's noise (PFGM++, D = 128), and by "
        "that\n"
        "of normal noise, each with its own noise and with others: their Frechet distance from "
        "test\n"
        "pictures.",
        "fashion_fields");
    const auto number = [&](const char* name, int& value, int least, int most, const char* help) {
        app.add_option(name, value, help)
            ->capture_default_str()
            ->check(CLI::Range(least, most))
            ->take_last();
    };
    number("--steps", o.steps, 2, 1000, "steps of heun; dpm_solver_pp_2m takes as many calls");
    number("--pictures", o.pictures, 130, 50000, "to be made for each row and seed");
    number("--seeds", o.seeds, 1, 100, "seeds of the noise");
    number("--real-pictures", o.real_pictures, 130, test_pictures,
           "test pictures to measure distances from");
    number("--shown", o.shown, 1, 20, "pictures of each class on the sheet");
    number("--threads", o.threads, 1, 1024, "processor threads");
    app.add_option("--out", o.out, "folder of the sheet")->capture_default_str()->take_last();
    app.add_option("--data", o.data, "folder of the gzipped files of Fashion-MNIST")
        ->capture_default_str()
        ->take_last();
    return parse(app, count, words);
}

void run(const options& o) {
    require_writable(o.out / "pictures.png");
    study made(o);
    made.draw();
    made.print();
    made.write_pictures(o.out / "pictures.png");
}

int fail(const std::exception& problem, int code) {
    std::fprintf(stderr, "fashion_fields: %s\n", problem.what());
    return code;
}

}  // namespace
}  // namespace fashion

int main(int count, char** words) try {
    fashion::options asked;
    if (fashion::read_options(asked, count, words)) fashion::run(asked);
    return 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    return fashion::fail(problem, 2);
} catch (const std::exception& problem) { return fashion::fail(problem, 1); }
