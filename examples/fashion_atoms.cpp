// Pictures by the exact network of a few thousand real ones: force fields, and bridges from a lower
// resolution or from edges.
#include <CLI/CLI.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fokker.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "fashion/command_line.hpp"
#include "fashion/data_set.hpp"
#include "fashion/sheet.hpp"
#include "fashion/writable.hpp"

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorXd;

constexpr Index side = 28, pixels = side * side;

struct options {
    std::filesystem::path data = "/usr/share/datasets/fashion-mnist", out = "out/atoms";
    int atoms = 2000, steps = 18, pictures = 24, shown = 3;
};

// Real pictures, each with the same mass.
class atoms {
public:
    explicit atoms(const MatrixXd& pictures)
        : pictures_(pictures), squares_(pictures.colwise().squaredNorm().transpose()) {}

    // |x - alpha y|^2 for each picture y (rows) and state x (columns).
    MatrixXd distances(const MatrixXd& x, double alpha) const {
        MatrixXd away = -2 * alpha * (pictures_.transpose() * x);
        away.colwise() += alpha * alpha * squares_;
        away.rowwise() += RowVectorXd(x.colwise().squaredNorm());
        return away.cwiseMax(0);
    }
    // E[x_0], given ln of each picture's weight but for a constant.
    void mean(MatrixXd& log_weights, MatrixXd& out) const {
        for (Index n = 0; n < log_weights.cols(); ++n) {
            auto w = log_weights.col(n).array();
            w = (w - w.maxCoeff()).exp();
            w /= w.sum();
        }
        out.noalias() = pictures_ * log_weights;
    }
    // How many of the pictures these are, and how near the farthest is to its own.
    std::pair<std::size_t, double> found(const MatrixXd& x) const {
        const MatrixXd away = distances(x, 1);
        std::set<Index> which;
        double farthest = 0;
        for (Index n = 0; n < x.cols(); ++n) {
            Index nearest = 0;
            farthest = std::max(farthest, away.col(n).minCoeff(&nearest));
            which.insert(nearest);
        }
        return {which.size(), std::sqrt(farthest / static_cast<double>(pixels))};
    }
    Index size() const { return pictures_.cols(); }

private:
    MatrixXd pictures_;
    VectorXd squares_;
};

// Lower resolution: the mean over squares of 4 x 4 pixels.
MatrixXd lower(const MatrixXd& pictures) {
    MatrixXd coarse(pictures.rows(), pictures.cols());
    for (Index n = 0; n < pictures.cols(); ++n) {
        const auto from = pictures.col(n).reshaped(side, side);
        auto to = coarse.col(n).reshaped(side, side);
        for (Index i = 0; i < side; i += 4)
            for (Index k = 0; k < side; k += 4)
                to.block(i, k, 4, 4).setConstant(from.block(i, k, 4, 4).mean());
    }
    return coarse;
}

// Edges: how much a pixel differs from those beside and below it, from -1 to 1.
MatrixXd edges(const MatrixXd& pictures) {
    MatrixXd drawn = MatrixXd::Constant(pictures.rows(), pictures.cols(), -1);
    for (Index n = 0; n < pictures.cols(); ++n) {
        const auto from = pictures.col(n).reshaped(side, side);
        auto to = drawn.col(n).reshaped(side, side);
        for (Index i = 0; i + 1 < side; ++i)
            for (Index k = 0; k + 1 < side; ++k)
                to(i, k) += std::min(
                    2.0, std::hypot(from(i + 1, k) - from(i, k), from(i, k + 1) - from(i, k)));
    }
    return drawn;
}

class study {
public:
    explicit study(const options& asked)
        : asked_(asked),
          real_(read(asked.data, "train", asked.atoms)),
          unseen_(read(asked.data, "t10k", asked.pictures)),
          atoms_(real_) {}

    // Walks of fields of several D, and of normal noise, from the same directions.
    void fields() {
        std::printf("%-12s %8s %10s %16s\n", "noise", "calls", "different", "farthest from one");
        const fokker::grid walk = fokker::karras(fokker::edm_path{}, asked_.steps);
        const Index columns = walk.steps();
        MatrixXd shown(pixels, 0);
        std::vector<fashion::sheet_block> blocks;
        const auto go = [&](const std::string& name, const auto& log_density, const auto& noise) {
            MatrixXd x(pixels, asked_.pictures), D(pixels, asked_.shown * columns);
            const auto network = [&](const MatrixXd& state, const fokker::knot& k, MatrixXd& out) {
                MatrixXd w = atoms_.distances(state, k.alpha) / (k.sigma * k.sigma);
                w = w.unaryExpr(log_density);
                atoms_.mean(w, out);
            };
            const auto keep = [&](const auto& run) {
                for (Index i = 0; i < asked_.shown; ++i)
                    D.col(i * columns + run.index() - 1) = run.prediction().col(i);
            };
            const auto done = fokker::sample(x, fokker::predicts_data(network), walk,
                                             fokker::heun{}, noise, keep);
            const auto [different, farthest] = atoms_.found(x);
            std::printf("%-12s %8lld %10zu %16.1g\n", name.c_str(),
                        static_cast<long long>(done.network_calls), different, farthest);
            blocks.push_back({name, shown.cols(), D.cols()});
            shown.conservativeResize(Eigen::NoChange, shown.cols() + D.cols());
            shown.rightCols(D.cols()) = D;
        };
        const fokker::philox normals{.seed = 5};
        for (const double degrees : {1.0, 8.0, 128.0, 2048.0}) {
            const auto student = [degrees](double squared) {
                return -0.5 * (degrees + static_cast<double>(pixels)) *
                       std::log1p(squared / degrees);
            };
            char name[32];
            std::snprintf(name, sizeof name, "D = %g", degrees);
            go(name, student, fokker::student_t(normals, degrees));
        }
        go(
            "normal", [](double squared) { return -0.5 * squared; }, normals);
        // Another radial law: the density exp(-r), in so many dimensions r of a gamma law.
        go(
            "exp(-r)", [](double squared) { return -std::sqrt(squared); },
            fokker::radial(normals, [](fokker::sample_numbers& numbers, std::size_t n) {
                return numbers.gamma(static_cast<double>(n));
            }));
        write(shown, blocks, columns, "fields.png");
    }

    // From what is left of pictures that are not among the atoms to such as could be theirs.
    template <class Degrade>
    void bridges(const std::string& what, const Degrade& degrade, double blur, const char* file) {
        const MatrixXd x_T = degrade(unseen_), known = degrade(real_);
        const fokker::bridge_path path(fokker::vp_path{.beta_min = 0.1, .beta_max = 2.1});
        const fokker::grid walk = fokker::linspace(path, asked_.steps);
        // How likely each picture is, given x_T: x_T is what is left of it, and normal noise.
        const MatrixXd of_end = -0.5 / (blur * blur) * atoms(known).distances(x_T, 1);
        const auto network = [&](const MatrixXd& x_t, const fokker::knot& k, MatrixXd& out) {
            MatrixXd w = of_end;
            if (k.alpha > 0)
                w -= 0.5 / (k.sigma * k.sigma) *
                     atoms_.distances(x_t - path.endpoint_weight(k) * x_T, k.alpha);
            atoms_.mean(w, out);
        };
        const Index columns = std::min<Index>(asked_.shown * 4, asked_.pictures);
        MatrixXd shown(pixels, 0);
        std::vector<fashion::sheet_block> blocks;
        const auto show = [&](const std::string& name, const MatrixXd& x) {
            blocks.push_back({name, shown.cols(), columns});
            shown.conservativeResize(Eigen::NoChange, shown.cols() + columns);
            shown.rightCols(columns) = x.leftCols(columns);
        };
        const auto rms = [](const MatrixXd& x) { return std::sqrt(x.array().square().mean()); };
        std::printf("\n%-24s %6s %10s %14s %10s\n", what.c_str(), "calls", "different",
                    "away from x_T", "from real");
        show("real", unseen_);
        show(what, x_T);
        const auto go = [&](const std::string& name, const auto& solver, std::uint64_t seed,
                            bool with_middle = false) {
            MatrixXd x(pixels, asked_.pictures), middle;
            const auto keep = [&](const auto& run) {
                if (run.index() == asked_.steps / 2)
                    middle = run.state() + path.endpoint_weight(run.knot()) * x_T;
            };
            const auto done = fokker::sample(x, fokker::bridged(network, x_T, path), walk, solver,
                                             fokker::philox{.seed = seed}, keep);
            if (with_middle) show("half-way", middle);
            show(name, x);
            std::printf("%-24s %6lld %10zu %14.3f %10.3f\n", name.c_str(),
                        static_cast<long long>(done.network_calls), atoms_.found(x).first,
                        rms(degrade(x) - x_T), rms(x - unseen_));
        };
        go("ddim (DBIM)", fokker::ddim{}, 1, true);
        go("ddim, other noise", fokker::ddim{}, 2);
        go("ddpm (I2SB)", fokker::ddpm{}, 1);
        go("res (DBIM of order 2)", fokker::res_multistep{}, 1);
        write(shown, blocks, columns, file);
    }

private:
    static MatrixXd read(const std::filesystem::path& folder, const char* name, int count) {
        return fashion::read_data_set(folder, name, count).pictures.cast<double>();
    }
    void write(const MatrixXd& pictures, const std::vector<fashion::sheet_block>& blocks,
               Index columns, const char* name) const {
        for (const auto& file :
             fashion::write_sheets(pictures.cast<float>(), blocks, columns, asked_.out / name))
            std::printf("%s\n", std::filesystem::absolute(file).lexically_normal().c_str());
    }

    options asked_;
    MatrixXd real_, unseen_;
    atoms atoms_;
};

}  // namespace

int main(int count, char** words) try {
    options asked;
    CLI::App app("Pictures by the exact network of real ones: force fields and bridges.",
                 "fashion_atoms");
    app.add_option("--data", asked.data, "folder of the gzipped files of Fashion-MNIST")
        ->capture_default_str();
    app.add_option("--out", asked.out, "folder of the three pictures")->capture_default_str();
    app.add_option("--atoms", asked.atoms, "real pictures that the network knows")
        ->capture_default_str()
        ->check(CLI::Range(2, 60000));
    app.add_option("--steps", asked.steps, "steps of a walk")
        ->capture_default_str()
        ->check(CLI::Range(2, 1000));
    app.add_option("--pictures", asked.pictures, "pictures to measure with")
        ->capture_default_str()
        ->check(CLI::Range(1, 10000));
    app.add_option("--shown", asked.shown, "rows of a field on its sheet")
        ->capture_default_str()
        ->check(CLI::Range(1, 20));
    for (CLI::Option* each : app.get_options())
        if (each->get_items_expected_max() > 0) each->take_last();
    if (!fashion::parse(app, count, words)) return 0;
    asked.shown = std::min(asked.shown, asked.pictures);
    fashion::require_writable(asked.out / "fields.png");
    study s(asked);
    s.fields();
    s.bridges("lower resolution", lower, 0.8, "from-lower.png");
    s.bridges("edges", edges, 0.8, "from-edges.png");
    return 0;
} catch (const std::invalid_argument& problem) {
    std::fprintf(stderr, "fashion_atoms: %s\n", problem.what());
    return 2;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "fashion_atoms: %s\n", problem.what());
    return 1;
}
