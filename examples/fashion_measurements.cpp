// Garments of which only a blurred or a small noisy picture is left: what several methods make of
// it.
#include <CLI/CLI.hpp>
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fokker.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fashion/classifier.hpp"
#include "fashion/command_line.hpp"
#include "fashion/data_set.hpp"
#include "fashion/labels.hpp"
#include "fashion/sheet.hpp"
#include "fashion/threaded_network.hpp"
#include "fashion/writable.hpp"
#include "fashion_samples/paths.hpp"

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::MatrixXf;
using Eigen::VectorXd;

struct options {
    std::filesystem::path data = "/usr/share/datasets/fashion-mnist", out = "out/measurements";
    double noise = 0.05;
    // The deviation of what A sees: neighbouring pixels are alike, so that their means vary more
    // than those of independent ones would.
    double sigma_data = 2.5;
    int steps = 50, pictures = 40, shown = 10, threads = 1;
};

// y = A x with A = K (x) K: a matrix along the rows of a picture and the same along its columns.
struct separable {
    MatrixXf rows;  // K: from 28 pixels to as many as are left

    void operator()(const MatrixXf& x, MatrixXf& out) const {
        for (Index n = 0; n < x.cols(); ++n)
            out.col(n).reshaped(rows.rows(), rows.rows()) =
                rows * x.col(n).reshaped(rows.cols(), rows.cols()) * rows.transpose();
    }
};

// What is measured, and all that the methods want to know of it. The singular value decomposition
// of K gives that of A.
class task {
public:
    task(std::string of, const MatrixXd& K, double noise, double smallest)
        : name(std::move(of)),
          sigma_y(noise),
          measure{K.cast<float>()},
          transpose{K.transpose().cast<float>()} {
        const Eigen::JacobiSVD<MatrixXd> svd(K, Eigen::ComputeThinU | Eigen::ComputeThinV);
        const VectorXd values = svd.singularValues();
        const Index kept = (values.array() > smallest * values(0)).count();
        const MatrixXd V = svd.matrixV().leftCols(kept), U = svd.matrixU().leftCols(kept);
        const VectorXd inverse = values.head(kept).cwiseInverse();
        pseudo_inverse = {(V * inverse.asDiagonal() * U.transpose()).cast<float>()};
        rows = {V.transpose().cast<float>()};
        back = {V.cast<float>()};
        to_rows = {(inverse.asDiagonal() * U.transpose()).cast<float>()};
        for (Index j = 0; j < kept; ++j)
            for (Index i = 0; i < kept; ++i)
                deviations.push_back(sigma_y * inverse(i) * inverse(j));
    }

    Index size() const { return measure.rows.rows() * measure.rows.rows(); }

    std::string name;
    double sigma_y;
    separable measure, transpose, pseudo_inverse;
    separable rows, back, to_rows;  // V^T, V, and what makes V^T x_0 of y
    std::vector<double> deviations;
};

// Means of 4 x 4 pixels.
MatrixXd means() {
    MatrixXd K = MatrixXd::Zero(7, 28);
    for (Index i = 0; i < 7; ++i) K.row(i).segment(4 * i, 4).setConstant(0.25);
    return K;
}

// A Gaussian blur; beyond the edge there is 0, which is grey.
MatrixXd blur(double pixels) {
    MatrixXd K(28, 28);
    for (Index i = 0; i < 28; ++i)
        for (Index j = 0; j < 28; ++j)
            K(i, j) = std::exp(-0.5 * std::pow(static_cast<double>(i - j) / pixels, 2));
    return K / (std::sqrt(2 * std::acos(-1.0)) * pixels);
}

class study {
public:
    explicit study(const options& asked)
        : asked_(asked),
          network_(fashion::unet(folder / "fashion.weights"), asked.threads),
          classifier_(folder / "classifier.weights"),
          grid_(fokker::trailing(fashion::trained_schedule(), asked.steps)),
          fine_(fokker::trailing(fashion::trained_schedule(), 5 * asked.steps)) {
        const auto set = fashion::read_data_set(asked.data, "t10k", fashion::test_pictures);
        truth_ = set.pictures.leftCols(asked.pictures);
        classes_.assign(set.classes.begin(), set.classes.begin() + asked.pictures);
    }

    void show(const task& t) {
        using fokker::corrected_noise;
        std::printf("\n%-28s %8s %7s %10s %10s %9s\n", t.name.c_str(), "error", "PSNR", "|A x - y|",
                    "recognised", "calls");
        const MatrixXf y = measured(t);
        all_.resize(fashion::unet::pixels, 0);
        blocks_.clear();
        add(t, y, "real", truth_, 0);
        MatrixXf plain(truth_.rows(), truth_.cols());
        t.pseudo_inverse(y, plain);
        add(t, y, "pseudo-inverse", plain, 0);

        walk(t, y, "ddnm", fokker::ddnm(t.measure, t.pseudo_inverse, y), fokker::ddim{.eta = 0.85},
             grid_, corrected_noise::as_predicted);
        MatrixXf along(static_cast<Index>(t.deviations.size()), y.cols());
        t.to_rows(y, along);
        walk(t, y, "ddnm+", fokker::ddnm_plus(t.rows, t.back, along, t.deviations, grid_, 0.85),
             fokker::ddim{.eta = 0.85}, grid_, corrected_noise::as_predicted);
        walk(t, y, "resample",
             fokker::hard_data_consistency(t.measure, t.transpose, y, {.sigma_y = t.sigma_y}),
             fokker::consistency_sampler{}, grid_);
        const fokker::pigdm_options by_deviation{.sigma_y = t.sigma_y,
                                                 .sigma_data = asked_.sigma_data};
        const auto pigdm = [&] { return fokker::pigdm(t.measure, t.transpose, y, by_deviation); };
        walk(t, y, "pigdm, ddpm", pigdm(), fokker::ddpm{}, grid_);
        walk(t, y, "pigdm, dpm++2m", pigdm(), fokker::dpm_solver_pp_2m{}, grid_);
        for (const int iterations : {1, 3}) {
            const fokker::moment_matching_options some{.sigma_y = t.sigma_y,
                                                       .iterations = iterations};
            walk(t, y, "moment matching, " + std::to_string(iterations),
                 fokker::moment_matching(t.measure, t.transpose, y, some), fokker::ddpm{}, grid_);
        }
        walk(t, y, "dps", fokker::dps(t.measure, t.transpose, y, grid_), fokker::ddpm{}, grid_);
        walk(t, y, "dps, five times the steps", fokker::dps(t.measure, t.transpose, y, fine_),
             fokker::ddpm{}, fine_);
        const auto file = asked_.out / (t.name + ".png");
        for (const auto& written : fashion::write_sheets(all_, blocks_, asked_.shown, file))
            std::printf("%s\n", std::filesystem::absolute(written).lexically_normal().c_str());
    }

private:
    static inline const std::filesystem::path folder = FASHION_FOLDER;

    MatrixXf measured(const task& t) const {
        MatrixXf y(t.size(), truth_.cols());
        t.measure(truth_, y);
        std::mt19937 engine(1);
        std::normal_distribution<float> noise(0, 1);
        for (float& each : y.reshaped()) each += static_cast<float>(t.sigma_y) * noise(engine);
        return y;
    }

    // Samples without a class, corrected by the measurement.
    template <class Correction, class Solver>
    void walk(const task& t, const MatrixXf& y, const std::string& name, Correction correction,
              const Solver& solver, const fokker::grid& grid,
              fokker::corrected_noise noise = fokker::corrected_noise::follows_data) {
        const auto network = [&](const MatrixXf& x, double label, MatrixXf& out) {
            const std::vector<int> none(static_cast<std::size_t>(x.cols()), fashion::no_label);
            network_.evaluate(x, label, none, out);
        };
        MatrixXf x(truth_.rows(), truth_.cols());
        const fokker::report done = fokker::sample(
            x, fokker::predicts_noise(network).with_correction(std::move(correction), noise), grid,
            fokker::any_solver(solver), fokker::philox{.seed = 7});
        add(t, y, name, x, done.network_calls);
    }

    void add(const task& t, const MatrixXf& y, const std::string& name, const MatrixXf& x,
             std::int64_t calls) {
        MatrixXf image(y.rows(), y.cols());
        t.measure(x, image);
        const double error = root_mean_square(x - truth_);
        std::printf("%-28s %8.3f %7.1f %10.3f %8.0f %% %9lld\n", name.c_str(), error,
                    20 * std::log10(2 / error), root_mean_square(image - y), recognised(x),
                    static_cast<long long>(calls));
        const Index before = all_.cols();
        all_.conservativeResize(Eigen::NoChange, before + asked_.shown);
        all_.rightCols(asked_.shown) = x.leftCols(asked_.shown).cwiseMax(-1).cwiseMin(1);
        blocks_.push_back({name, before, asked_.shown});
    }

    static double root_mean_square(const MatrixXf& x) {
        return std::sqrt(static_cast<double>(x.array().square().mean()));
    }
    // How many the classifier takes for what they are, in percent.
    double recognised(const MatrixXf& pictures) {
        MatrixXf features(classifier_.features(), pictures.cols());
        classifier_.measure(pictures, features);
        int right = 0;
        for (Index k = 0; k < pictures.cols(); ++k)
            if (classifier_.classify(features.col(k)) == classes_[static_cast<std::size_t>(k)])
                ++right;
        return 100.0 * right / static_cast<double>(pictures.cols());
    }

    options asked_;
    fashion::threaded_network network_;
    fashion::classifier classifier_;
    fokker::grid grid_, fine_;
    MatrixXf truth_, all_;
    std::vector<int> classes_;
    std::vector<fashion::sheet_block> blocks_;
};

}  // namespace

int main(int count, char** words) try {
    options asked;
    CLI::App app("Garments from small or blurred noisy pictures of them.", "fashion_measurements");
    app.add_option("--data", asked.data, "folder of the gzipped files of Fashion-MNIST")
        ->capture_default_str();
    app.add_option("--out", asked.out, "folder of the two pictures")->capture_default_str();
    app.add_option("--noise", asked.noise, "standard deviation of the measurements' noise")
        ->capture_default_str()
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--sigma-data", asked.sigma_data,
                   "for pigdm: the deviation of what is measured of the data")
        ->capture_default_str()
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.01, 100.0));
    app.add_option("--steps", asked.steps, "steps of a walk")
        ->capture_default_str()
        ->check(CLI::Range(2, 200));
    app.add_option("--pictures", asked.pictures, "test pictures to measure with")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    app.add_option("--shown", asked.shown, "pictures of them on the sheets")
        ->capture_default_str()
        ->check(CLI::Range(1, 20));
    app.add_option("--threads", asked.threads, "processor threads")
        ->capture_default_str()
        ->check(CLI::Range(1, 1024));
    for (CLI::Option* each : app.get_options())
        if (each->get_items_expected_max() > 0) each->take_last();
    if (!fashion::parse(app, count, words)) return 0;
    asked.shown = std::min(asked.shown, asked.pictures);
    fashion::require_writable(asked.out / "small.png");
    study s(asked);
    s.show({"small", means(), asked.noise, 1e-3});
    s.show({"blurred", blur(1.5), asked.noise, 0.05});
    return 0;
} catch (const std::invalid_argument& problem) {
    std::fprintf(stderr, "fashion_measurements: %s\n", problem.what());
    return 2;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "fashion_measurements: %s\n", problem.what());
    return 1;
}
