// Pictures as latents: garments between two real ones, and a real one with another class.
#include <CLI/CLI.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fokker.hpp>
#include <functional>
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
#include "fashion_samples/progress_bar.hpp"

namespace {

using Eigen::Index;
using Eigen::MatrixXf;

struct options {
    std::filesystem::path data = "/usr/share/datasets/fashion-mnist", out = "out/latents";
    std::string from = "pullover", to = "dress";
    int steps = 50, pictures = 20, shown = 4, threads = 1;
    double guidance = 3;
};

constexpr Index weights = 9;

class study {
public:
    study(const options& asked, int from, int to)
        : asked_(asked),
          from_(from),
          to_(to),
          network_(fashion::unet(folder / "fashion.weights"), asked.threads),
          classifier_(folder / "classifier.weights"),
          grid_(fokker::uniform_lambda(fashion::trained_schedule(), asked.steps)) {
        const auto set = fashion::read_data_set(asked.data, "t10k", fashion::test_pictures);
        first_ = pictures_of(set, from);
        second_ = pictures_of(set, to);
    }

    // Latents of pictures of both classes, found without a class, and what lies between them.
    void interpolate() {
        MatrixXf a = first_.leftCols(asked_.shown), b = second_.leftCols(asked_.shown);
        const auto model = fokker::predicts_noise(of_class(fashion::no_label));
        fokker::encode(a, model, grid_, fokker::reversible_heun{});
        fokker::encode(b, model, grid_, fokker::reversible_heun{});
        std::printf("latents of real pictures: standard deviation %.3f and %.3f\n", deviation(a),
                    deviation(b));

        MatrixXf all(fashion::unet::pixels, 3 * asked_.shown * weights);
        std::vector<fashion::sheet_block> blocks;
        const auto add = [&](const char* name, const auto& between) {
            const Index first = static_cast<Index>(blocks.size()) * asked_.shown * weights;
            blocks.push_back({name, first, asked_.shown * weights});
            MatrixXf x(a.rows(), a.cols());
            for (Index i = 0; i < weights; ++i) {
                between(static_cast<double>(i) / (weights - 1), x);
                for (Index k = 0; k < x.cols(); ++k) all.col(first + k * weights + i) = x.col(k);
            }
            MatrixXf part = all.middleCols(first, asked_.shown * weights);
            const auto middles = [&](const MatrixXf& of) {
                MatrixXf chosen(of.rows(), asked_.shown);
                for (Index k = 0; k < asked_.shown; ++k)
                    chosen.col(k) = of.col(k * weights + weights / 2);
                return chosen;
            };
            const double latent = deviation(middles(part));
            // To the grid's clean end: a new latent has no picture that it must come back to.
            fokker::denoise(part, model, grid_.without_pure_noise(), fokker::reversible_heun{});
            all.middleCols(first, part.cols()) = part;
            std::printf("%-20s half-way: latent %.3f, contrast %.2f, sharpness %.2f of the ends'\n",
                        name, latent, deviation(middles(part)) / ends(part, contrast),
                        sharpness(middles(part)) / ends(part, sharpness));
        };
        add("spherical", [&](double w, MatrixXf& x) { fokker::spherical(a, b, w, x); });
        add("variance-preserving",
            [&](double w, MatrixXf& x) { fokker::variance_preserving(a, b, w, x); });
        add("plain", [&](double w, MatrixXf& x) {
            x = static_cast<float>(1 - w) * a + static_cast<float>(w) * b;
        });
        write(all, blocks, weights, "between.png");
    }

    // Pictures of one class to latents, and back as they were and as the other class.
    void edit() {
        MatrixXf all(fashion::unet::pixels, 0);
        std::vector<fashion::sheet_block> blocks;
        const auto show = [&](const std::string& name, const MatrixXf& pictures) {
            const Index before = all.cols();
            all.conservativeResize(Eigen::NoChange, before + asked_.shown);
            all.rightCols(asked_.shown) = pictures.leftCols(asked_.shown);
            blocks.push_back({name, before, asked_.shown});
        };
        std::printf("\n%-24s %11s  %19s  %14s  %11s\n", "", "calls there", "error of round trip",
                    "seen as changed", "change");
        show("real", first_);
        const auto model = fokker::predicts_noise(of_class(from_));
        const auto guided = [&] {
            return fokker::predicts_noise(
                fokker::guided(of_class(to_), of_class(fashion::no_label), asked_.guidance));
        };
        const auto add = [&](const std::string& name, const fokker::report& done,
                             const MatrixXf& back, const MatrixXf& changed) {
            std::printf("%-24s %11lld  %19.2g  %13.0f %%  %11.2f\n", name.c_str(),
                        static_cast<long long>(done.network_calls), difference(back, first_),
                        share_of(changed, to_), difference(changed, first_));
            show(name + ", back", back);
            show(name + ", changed", changed);
        };
        const auto walk = [&](const std::string& name, const auto& there, const auto& back) {
            MatrixXf x = first_;
            const auto code = fokker::encode(x, model, grid_, there);
            MatrixXf changed = x;
            fokker::decode(x, model, grid_, back, code);
            fokker::denoise(changed, guided(), grid_.without_pure_noise(), back);
            add(name, code, x, changed);
        };
        walk("ddim-inversion", fokker::ddim_inversion{}, fokker::ddim{});
        walk("ddim-inversion, 5 times", fokker::ddim_inversion{.iterations = 5}, fokker::ddim{});
        walk("dpm++2m", fokker::dpm_solver_pp_2m{}, fokker::dpm_solver_pp_2m{});
        walk("bdia", fokker::bdia{}, fokker::bdia{});
        walk("asynchronous-leapfrog", fokker::asynchronous_leapfrog{},
             fokker::asynchronous_leapfrog{});
        walk("reversible-heun", fokker::reversible_heun{}, fokker::reversible_heun{});
        // FlowEdit goes from class to class without a latent; between one class it does nothing.
        const fokker::grid part = grid_.from_strength(0.66);
        MatrixXf same = first_, changed = first_;
        fokker::edit_between(same, model, model, part, fokker::ddim{}, fokker::philox{.seed = 7});
        const auto done = fokker::edit_between(changed, model, guided(), part, fokker::ddim{},
                                               fokker::philox{.seed = 7});
        add("flow-edit", done, same, changed);
        write(all, blocks, asked_.shown, "changed.png");
    }

private:
    static inline const std::filesystem::path folder = FASHION_FOLDER;

    MatrixXf pictures_of(const fashion::data_set& set, int label) const {
        MatrixXf chosen(fashion::unet::pixels, asked_.pictures);
        Index found = 0;
        for (std::size_t i = 0; i < set.classes.size() && found < chosen.cols(); ++i)
            if (set.classes[i] == label)
                chosen.col(found++) = set.pictures.col(static_cast<Index>(i));
        return chosen;
    }

    // The network with one class for all pictures.
    std::function<void(const MatrixXf&, double, MatrixXf&)> of_class(int label) {
        return [this, label](const MatrixXf& x, double t, MatrixXf& noise) {
            const std::vector<int> classes(static_cast<std::size_t>(x.cols()), label);
            network_.evaluate(x, t, classes, noise);
        };
    }

    static double deviation(const MatrixXf& x) {
        return std::sqrt((x.array() - x.mean()).square().mean());
    }
    static double contrast(const MatrixXf& x) { return deviation(x); }
    // The mean step from pixel to pixel.
    static double sharpness(const MatrixXf& x) {
        constexpr Index side = fashion::unet::side;
        double sum = 0;
        for (Index k = 0; k < x.cols(); ++k) {
            const auto picture = x.col(k).reshaped(side, side).array();
            sum += (picture.rightCols(side - 1) - picture.leftCols(side - 1)).abs().mean() +
                   (picture.bottomRows(side - 1) - picture.topRows(side - 1)).abs().mean();
        }
        return sum / static_cast<double>(2 * x.cols());
    }
    double ends(const MatrixXf& rows, double (*measure)(const MatrixXf&)) const {
        MatrixXf chosen(rows.rows(), 2 * asked_.shown);
        for (Index k = 0; k < asked_.shown; ++k) {
            chosen.col(2 * k) = rows.col(k * weights);
            chosen.col(2 * k + 1) = rows.col(k * weights + weights - 1);
        }
        return measure(chosen);
    }
    static double difference(const MatrixXf& a, const MatrixXf& b) {
        return std::sqrt((a - b).array().square().mean());
    }
    // How many of them the classifier takes for this class, in percent.
    double share_of(const MatrixXf& pictures, int label) {
        MatrixXf features(classifier_.features(), pictures.cols());
        classifier_.measure(pictures, features);
        int right = 0;
        for (Index k = 0; k < pictures.cols(); ++k)
            if (classifier_.classify(features.col(k)) == label) ++right;
        return 100.0 * right / static_cast<double>(pictures.cols());
    }

    void write(const MatrixXf& pictures, const std::vector<fashion::sheet_block>& blocks,
               Index columns, const char* name) const {
        for (const auto& file : fashion::write_sheets(pictures, blocks, columns, asked_.out / name))
            std::printf("%s\n", std::filesystem::absolute(file).lexically_normal().c_str());
    }

    options asked_;
    int from_, to_;
    fashion::threaded_network network_;
    fashion::classifier classifier_;
    fokker::grid grid_;
    MatrixXf first_, second_;
};

}  // namespace

int main(int count, char** words) try {
    options asked;
    CLI::App app("Real garments as latents: what lies between two, and one with another class.",
                 "fashion_latents");
    app.add_option("--data", asked.data, "folder of the gzipped files of Fashion-MNIST")
        ->capture_default_str();
    app.add_option("--out", asked.out, "folder of the two pictures")->capture_default_str();
    app.add_option("--from", asked.from, "class of the first garments")->capture_default_str();
    app.add_option("--to", asked.to, "class of the others, and the one to change to")
        ->capture_default_str();
    app.add_option("--steps", asked.steps, "steps of a walk")
        ->capture_default_str()
        ->check(CLI::Range(3, 1000));
    app.add_option("--pictures", asked.pictures, "test pictures to measure with")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    app.add_option("--shown", asked.shown, "pictures of them on the sheets")
        ->capture_default_str()
        ->check(CLI::Range(1, 20));
    app.add_option("--guidance", asked.guidance, "guidance towards the other class")
        ->capture_default_str()
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 20.0));
    app.add_option("--threads", asked.threads, "processor threads")
        ->capture_default_str()
        ->check(CLI::Range(1, 1024));
    for (CLI::Option* each : app.get_options())
        if (each->get_items_expected_max() > 0) each->take_last();
    if (!fashion::parse(app, count, words)) return 0;
    const int from = fashion::class_of("--from", asked.from),
              to = fashion::class_of("--to", asked.to);
    asked.shown = std::min(asked.shown, asked.pictures);
    fashion::require_writable(asked.out / "between.png");
    study s(asked, from, to);
    s.interpolate();
    s.edit();
    return 0;
} catch (const std::invalid_argument& problem) {
    std::fprintf(stderr, "fashion_latents: %s\n", problem.what());
    return 2;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "fashion_latents: %s\n", problem.what());
    return 1;
}
